#pragma once
// Rails from files: no cluster is needed to try railhook, nor to check what is kept in a
// repository.

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/yaml.h"
#include "multus/rail_index.h"

namespace railhook {

// A file of Kubernetes objects.
struct ObjectFile {
  std::string path;
  std::vector<YamlDocument> documents;

  // Where a value of a document stands: "rails.yaml:12".
  std::string Place(const YamlDocument& document, std::string_view pointer) const;
};

// The .yaml, .yml and .json files directly in `path`, by name; or the one file that `path` is.
// kNotFound where there is no such path, kInvalid with file and line where one can't be read as
// YAML.
Result<std::vector<ObjectFile>> ReadObjectFiles(const std::filesystem::path& path);

// Calls `use` for each object of a document: the document itself, or the items where its kind ends
// in List. `pointer` is the object's JSON pointer in the document.
void ForEachObject(
    const OrderedJson& document,
    const std::function<void(const OrderedJson& object, const std::string& pointer)>& use);

enum class ObjectKind {
  kSpiderMultusConfig,
  kNetworkAttachmentDefinition,
  kNamespace,
  kSpiderIPPool,
  kOther
};

// What an object is by its apiVersion's group and its kind.
ObjectKind KindOf(const OrderedJson& object);

// The rails, networks, namespaces and pools in files; objects of other kinds are skipped. kInvalid
// names file and line: an object without a name, the same object twice.
Result<ClusterObjects> CollectRails(const std::vector<ObjectFile>& files);

// The same from a directory or file.
Result<ClusterObjects> LoadRails(const std::filesystem::path& path);

}  // namespace railhook

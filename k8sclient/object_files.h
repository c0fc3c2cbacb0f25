#pragma once
// Files of Kubernetes objects, as kubectl takes them.
// Include this only in .cc files (it brings the JSON library with it).

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/yaml.h"

namespace railhook {

// A file of Kubernetes objects.
struct ObjectFile {
  std::string path;
  std::vector<YamlDocument> documents;

  // Where a value of a document stands: "rails.yaml:12".
  std::string Place(const YamlDocument& document, std::string_view pointer) const;
};

// The .yaml, .yml and .json files directly in `path`, by name; or the one file that `path` is.
// kNotFound where there is no such path.
Result<std::vector<std::filesystem::path>> ListObjectFiles(const std::filesystem::path& path);

// kInvalid with file and line where it can't be read as YAML.
Result<ObjectFile> ReadObjectFile(const std::filesystem::path& file);

// All of them. Errors are those of ListObjectFiles, and of the first file that can't be read.
Result<std::vector<ObjectFile>> ReadObjectFiles(const std::filesystem::path& path);

// Calls `use` for each object of a document: the document itself, or the items where its kind ends
// in List. `pointer` is the object's JSON pointer in the document.
void ForEachObject(
    const OrderedJson& document,
    const std::function<void(const OrderedJson& object, const std::string& pointer)>& use);

}  // namespace railhook

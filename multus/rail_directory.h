#pragma once
// Rails from files: no cluster is needed to try railhook, nor to check what is kept in a
// repository.

#include <filesystem>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "k8sclient/object_files.h"
#include "multus/rail_index.h"

namespace railhook {

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

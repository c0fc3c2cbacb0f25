#include "multus/rail_directory.h"

#include <map>

#include "k8sclient/object.h"

namespace railhook {
namespace {

// Collects the objects of files, and remembers where each was first seen.
class Loader {
 public:
  Result<> Add(const ObjectFile& file) {
    for (const YamlDocument& document : file.documents) {
      Result<> added;
      ForEachObject(document.value, [&](const OrderedJson& object, const std::string& pointer) {
        if (added) added = AddObject(object, file.Place(document, pointer));
      });
      TRY(std::move(added));
    }
    return {};
  }

  ClusterObjects Take() && { return std::move(objects_); }

 private:
  Result<> AddObject(const OrderedJson& ordered, const std::string& place) {
    const ObjectKind kind = KindOf(ordered);
    if (kind == ObjectKind::kOther) return {};
    const Json object = ordered;
    auto meta = ReadMeta(object);
    if (!meta) return Fail(place + ": " + TextMember(&object, "kind"), meta.error());
    const bool namespaced =
        kind == ObjectKind::kSpiderMultusConfig || kind == ObjectKind::kNetworkAttachmentDefinition;
    const std::string id =
        TextMember(&object, "kind") + ' ' + (namespaced ? meta->Id() : meta->name);
    const auto [known, first] = places_.emplace(id, place);
    if (!first) {
      return Fail(ErrorCode::kInvalid, place + ": " + id + " is there twice, first in " +
                                           known->second + ": remove one");
    }
    Add(kind, *meta, object);
    return {};
  }

  void Add(ObjectKind kind, const ObjectMeta& meta, const Json& object) {
    switch (kind) {
      case ObjectKind::kSpiderMultusConfig:
        objects_.spider_multus_configs.push_back(
            std::make_shared<const Rail>(RailOfSpiderMultusConfig(meta, object)));
        break;
      case ObjectKind::kNetworkAttachmentDefinition:
        objects_.network_attachment_definitions.push_back(
            std::make_shared<const Rail>(RailOfNetworkAttachmentDefinition(meta, object)));
        break;
      case ObjectKind::kNamespace:
        objects_.namespaces.emplace(meta.name, ReadNamespace(meta));
        break;
      case ObjectKind::kSpiderIPPool:
        objects_.pools.push_back(meta.name);
        break;
      case ObjectKind::kOther:
        break;
    }
  }

  ClusterObjects objects_;
  std::map<std::string, std::string> places_;
};

}  // namespace

ObjectKind KindOf(const OrderedJson& object) {
  const std::string version = MemberText(object, "apiVersion");
  const std::string kind = MemberText(object, "kind");
  if (version.starts_with("spiderpool.spidernet.io/")) {
    if (kind == "SpiderMultusConfig") return ObjectKind::kSpiderMultusConfig;
    if (kind == "SpiderIPPool") return ObjectKind::kSpiderIPPool;
  }
  if (version.starts_with("k8s.cni.cncf.io/") && kind == "NetworkAttachmentDefinition") {
    return ObjectKind::kNetworkAttachmentDefinition;
  }
  if (version == "v1" && kind == "Namespace") return ObjectKind::kNamespace;
  return ObjectKind::kOther;
}

Result<ClusterObjects> CollectRails(const std::vector<ObjectFile>& files) {
  Loader loader;
  for (const ObjectFile& file : files) TRY(loader.Add(file));
  return std::move(loader).Take();
}

Result<ClusterObjects> LoadRails(const std::filesystem::path& path) {
  return CollectRails(TRY(ReadObjectFiles(path)));
}

}  // namespace railhook

#include "multus/rail_directory.h"

#include <algorithm>
#include <map>
#include <system_error>

#include "base/files.h"
#include "k8sclient/object.h"

namespace railhook {
namespace {

namespace fs = std::filesystem;

Result<std::vector<fs::path>> ListFiles(const fs::path& path) {
  std::error_code error;
  if (!fs::exists(path, error)) {
    return Fail(ErrorCode::kNotFound, path.string() + ": no such file or directory");
  }
  std::vector<fs::path> files;
  if (!fs::is_directory(path, error)) return std::vector{path};
  for (fs::directory_iterator entry(path, error), end; !error && entry != end;
       entry.increment(error)) {
    const auto extension = entry->path().extension();
    std::error_code ignored;
    if ((extension == ".yaml" || extension == ".yml" || extension == ".json") &&
        !entry->is_directory(ignored)) {
      files.push_back(entry->path());
    }
  }
  if (error) return Fail(ErrorCode::kUnavailable, path.string() + ": " + error.message());
  std::sort(files.begin(), files.end());
  return files;
}

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

std::string ObjectFile::Place(const YamlDocument& document, std::string_view pointer) const {
  return path + ':' + std::to_string(document.LineOf(pointer));
}

Result<std::vector<ObjectFile>> ReadObjectFiles(const fs::path& path) {
  std::vector<ObjectFile> files;
  for (const fs::path& file : TRY(ListFiles(path))) {
    const std::string text = TRY(ReadFile(file));
    auto documents = ParseYaml(text);
    if (!documents) return Fail(file.string(), documents.error());
    files.push_back({file.string(), std::move(*documents)});
  }
  return files;
}

void ForEachObject(const OrderedJson& document,
                   const std::function<void(const OrderedJson&, const std::string&)>& use) {
  const auto kind = document.is_object() ? document.find("kind") : document.end();
  const auto items = document.is_object() ? document.find("items") : document.end();
  const bool list = kind != document.end() && kind->is_string() && items != document.end() &&
                    items->is_array() && kind->get_ref<const std::string&>().ends_with("List");
  if (!list) return use(document, "");
  for (std::size_t i = 0; i < items->size(); ++i) use((*items)[i], "/items/" + std::to_string(i));
}

ObjectKind KindOf(const OrderedJson& object) {
  const auto text = [&](const char* key) -> std::string {
    if (!object.is_object()) return "";
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : "";
  };
  const std::string version = text("apiVersion");
  const std::string kind = text("kind");
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

Result<ClusterObjects> LoadRails(const fs::path& path) {
  return CollectRails(TRY(ReadObjectFiles(path)));
}

}  // namespace railhook

#include "cli/vfmanager/network_mtus.h"

#include "cli/findings.h"
#include "k8sclient/object_files.h"

namespace railhook {
namespace {

// Members of a SpiderMultusConfig's spec that set an MTU.
constexpr const char* kKinds[] = {"sriov", "macvlan", "ipvlan", "vlan"};

// "spidernet.io/gpu1" is "gpu1".
std::string WithoutPrefix(const std::string& resource) {
  return resource.substr(resource.find('/') + 1);
}

std::vector<std::string> TextsOf(const OrderedJson& list) {
  std::vector<std::string> texts;
  for (const OrderedJson& item : list)
    if (item.is_string()) texts.push_back(item.get<std::string>());
  return texts;
}

void Collect(const OrderedJson& object, std::vector<WantedMtu>& mtus) {
  if (object.value("kind", "") != "SpiderMultusConfig" || !object.contains("spec")) return;
  const OrderedJson& spec = object["spec"];
  for (const char* kind : kKinds) {
    if (!spec.is_object() || !spec.contains(kind) || !spec[kind].is_object()) continue;
    const OrderedJson& settings = spec[kind];
    const auto member = [&](const char* name) {
      return settings.contains(name) ? settings[name] : OrderedJson();
    };
    const OrderedJson mtu = member("mtu"), resource = member("resourceName");
    if (!mtu.is_number_integer() || mtu.get<int>() <= 0) continue;
    mtus.push_back({ObjectName(object),
                    resource.is_string() ? WithoutPrefix(resource.get<std::string>()) : "",
                    TextsOf(member("master")), mtu.get<int>()});
  }
}

}  // namespace

Result<std::vector<WantedMtu>> ReadNetworkMtus(const std::string& path) {
  std::vector<WantedMtu> mtus;
  const auto files = TRY(ReadObjectFiles(path));
  for (const ObjectFile& file : files) {
    for (const YamlDocument& document : file.documents)
      ForEachObject(document.value,
                    [&](const OrderedJson& object, const std::string&) { Collect(object, mtus); });
  }
  return mtus;
}

}  // namespace railhook

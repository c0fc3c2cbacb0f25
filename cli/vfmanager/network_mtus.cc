#include "cli/vfmanager/network_mtus.h"

#include "cli/findings.h"
#include "k8sclient/object_files.h"

namespace railhook {
namespace {

// Members of a SpiderMultusConfig's spec that set an MTU.
constexpr const char* kKinds[] = {"sriov", "macvlan", "ipvlan", "vlan"};

constexpr std::uint64_t kMostMtu = 65536;

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

OrderedJson MemberOf(const OrderedJson& object, const char* name) {
  return object.is_object() && object.contains(name) ? object[name] : OrderedJson();
}

void Collect(const OrderedJson& object, std::vector<WantedMtu>& mtus) {
  const OrderedJson kind = MemberOf(object, "kind"), spec = MemberOf(object, "spec");
  if (!kind.is_string() || kind.get<std::string>() != "SpiderMultusConfig") return;
  for (const char* cni : kKinds) {
    const OrderedJson settings = MemberOf(spec, cni);
    const OrderedJson mtu = MemberOf(settings, "mtu"),
                      resource = MemberOf(settings, "resourceName");
    if (!mtu.is_number_unsigned() || mtu.get<std::uint64_t>() > kMostMtu) continue;
    mtus.push_back({ObjectName(object),
                    resource.is_string() ? WithoutPrefix(resource.get<std::string>()) : "",
                    TextsOf(MemberOf(settings, "master")), mtu.get<int>()});
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

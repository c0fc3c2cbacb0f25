#include "multus/smc_defaults.h"

#include <map>
#include <string>

#include "base/json.h"
#include "k8sclient/object.h"
#include "multus/cni_types.h"

namespace railhook {
namespace {

using nlohmann::json_literals::operator""_json;

const Json& SpecDefaults() {
  static const Json kDefaults = R"({"cniType": "custom", "disableIPAM": false,
                                    "chainCNIJsonData": []})"_json;
  return kDefaults;
}

const Json& CoordinatorDefaults() {
  static const Json kDefaults = R"({"mode": "auto", "hijackCIDR": [], "policyRoutes": [],
      "podMACPrefix": "", "podDefaultRouteNIC": "", "podRPFilter": 0, "tunePodRoutes": true,
      "hostRuleTable": 500, "txQueueLen": 0, "vethLinkAddress": ""})"_json;
  return kDefaults;
}

Json WithPools(Json settings) {
  settings["ippools"] = {
      {"ipv4", Json::array()}, {"ipv6", Json::array()}, {"matchMasterSubnet", false}};
  return settings;
}

const Json& SettingsDefaults(const std::string& cni_type) {
  static const Json kOnMaster =
      WithPools(R"({"mtu": 0, "vlanID": 0, "rdmaResourceName": ""})"_json);
  static const std::map<std::string, Json> kDefaults = {
      {"macvlan", kOnMaster},
      {"ipvlan", kOnMaster},
      {"vlan", WithPools(R"({"mtu": 0, "vlanMode": "manual", "rdmaResourceName": ""})"_json)},
      {"sriov", WithPools(R"({"resourceName": "", "vlanID": 0, "mtu": 0, "minTxRateMbps": 0,
                              "maxTxRateMbps": 0, "rdmaIsolation": false})"_json)},
      {"ib-sriov", WithPools(R"({"resourceName": "", "pkey": "", "linkState": "enable",
                                 "rdmaIsolation": true, "enableIbKubernetes": false})"_json)},
      {"ipoib", WithPools(Json::object())},
      {"ovs", WithPools(R"({"vlan": 0})"_json)}};
  return kDefaults.at(cni_type);
}

// Adds what `map` lacks of `defaults`, in maps of both as well.
void Fill(Json& map, const Json& defaults) {
  if (!map.is_object()) return;
  for (const auto& [key, value] : defaults.items()) {
    Json& own = map[key];
    if (own.is_null())
      own = value;
    else if (value.is_object())
      Fill(own, value);
  }
}

void FillSettings(Json& settings, const std::string& cni_type) {
  Fill(settings, SettingsDefaults(cni_type));
  if (TextMember(&settings, "vlanMode") == "manual") Fill(settings, R"({"vlanID": 0})"_json);
  if (Member(&settings, "bond") != nullptr) Fill(settings["bond"], R"({"options": ""})"_json);
}

}  // namespace

Json WithDefaults(Json object) {
  if (Member(&object, "spec") == nullptr || !object["spec"].is_object()) return object;
  Json& spec = object["spec"];
  Fill(spec, SpecDefaults());
  const CniType* type = FindCniType(TextMember(&spec, "cniType"));
  if (type == nullptr) return object;
  if (type->name == "custom") {
    Fill(spec, R"({"enableCoordinator": false, "customCNI": ""})"_json);
    return object;
  }
  Fill(spec, {{"enableCoordinator", true}, {"coordinator", CoordinatorDefaults()}});
  if (Member(&spec, type->settings) != nullptr) FillSettings(spec[type->settings], type->name);
  return object;
}

}  // namespace railhook

#include "multus/smc_validation.h"

#include <doctest/doctest.h>

#include "base/json.h"
#include "multus/smc_defaults.h"
#include "tests/multus/objects.h"

namespace railhook {
namespace {

// What is wrong with which value is shown by tests/cases/smc and lint_test.cc.

std::string Show(const std::vector<Finding>& findings) {
  std::vector<std::string> pointers;
  for (const Finding& finding : findings) pointers.push_back(finding.pointer);
  return Join(pointers, " ");
}

Json SmcOf(std::string_view annotations, std::string_view spec) {
  return ObjectOf(Smc("a", annotations, spec));
}

TEST_CASE("no value of a wrong type is let through, wherever it stands") {
  const std::string_view whole[] = {
      "cniType: macvlan, macvlan: {master: [e], mtu: 1, vlanID: 1, bond: {name: b, mode: 1, "
      "options: x}, rdmaResourceName: a/b, ippools: {ipv4: [p], ipv6: [p], matchMasterSubnet: "
      "false}}",
      "cniType: vlan, vlan: {master: [e], vlanMode: manual, vlanID: 1}",
      "cniType: sriov, sriov: {resourceName: a/b, vlanID: 1, mtu: 1, minTxRateMbps: 1, "
      "maxTxRateMbps: 1, rdmaIsolation: true}",
      "cniType: ib-sriov, ibsriov: {resourceName: a/b, pkey: x, linkState: auto, rdmaIsolation: "
      "true, enableIbKubernetes: true}",
      "cniType: ipoib, ipoib: {master: ib0}",
      "cniType: ovs, ovs: {bridge: b, vlan: 1, deviceID: x, trunk: [{id: 1, minID: 1, maxID: 1}]}",
      "cniType: custom, customCNI: '{\"type\":\"x\"}', disableIPAM: true, enableCoordinator: "
      "true, chainCNIJsonData: ['{\"type\":\"x\"}'], coordinator: {mode: auto, podCIDRType: "
      "none, hijackCIDR: [10.0.0.0/8], policyRoutes: [{dst: 10.0.0.0/8, gw: 10.0.0.1}], "
      "podMACPrefix: '0a:1b', tunePodRoutes: true, podDefaultRouteNIC: eth0, hostRuleTable: 1, "
      "podRPFilter: 1, txQueueLen: 1, vethLinkAddress: 169.254.0.1, vethMTU: 1}"};
  for (const std::string_view spec : whole) {
    const Json object = SmcOf("", spec);
    REQUIRE(Show(ValidateSpiderMultusConfig(object)) == "");
    const Json leaves = object["spec"].flatten();
    for (const auto& [pointer, value] : leaves.items()) {
      Json changed = object;
      changed[Json::json_pointer("/spec" + pointer)] = Json{{"odd", 1.5}};
      CAPTURE(pointer);
      CHECK(Show(ValidateSpiderMultusConfig(changed)) != "");
    }
  }
}

TEST_CASE("any JSON gets findings and no crash") {
  for (const std::string text : {"null", "5", "[]", "\"text\"", "{}", R"({"metadata": 5})",
                                 R"({"metadata": {"name": "a", "annotations": {"x": 1}}})"}) {
    CAPTURE(text);
    CHECK(Show(ValidateSpiderMultusConfig(Json::parse(text))) == "/metadata");
    CHECK(ValidateChange(Json::parse(text), SmcOf("multus.spidernet.io/cr-name: x", "")).empty());
    CHECK(FindClashes(Json(), Json::parse(text), RailIndex(ClusterObjects())).empty());
  }
}

TEST_CASE("a long list of errors has an end") {
  Json object = SmcOf("", "cniType: macvlan, macvlan: {master: [e]}");
  object["spec"]["coordinator"]["hijackCIDR"] = Json::array_t(50'000, "x");
  CHECK(ValidateSpiderMultusConfig(object).size() == 100);
}

TEST_CASE("defaults make nothing wrong, and nothing right") {
  for (const std::string_view spec :
       {"", "cniType: sriov", "cniType: sriov, sriov: {}", "cniType: vlan, vlan: {vlanMode: auto}",
        "cniType: macvlan, macvlan: {master: [e]}", "cniType: nosuch", "cniType: sriov, sriov: 5",
        "cniType: vlan, vlan: {master: [e], vlanMode: 5, bond: {}}"}) {
    CAPTURE(spec);
    const Json object = SmcOf(kRdmaClass, spec);
    CHECK(ValidateSpiderMultusConfig(WithDefaults(object)) == ValidateSpiderMultusConfig(object));
  }
}

TEST_CASE("a change of cniType leaves nothing in the way") {
  const std::vector<std::pair<std::string, std::string>> types = {
      {"macvlan", "macvlan: {master: [e]}"},
      {"vlan", "vlan: {master: [e]}"},
      {"sriov", "sriov: {resourceName: a/b}"},
      {"custom", "customCNI: '{\"type\":\"x\"}'"}};
  for (const auto& [before, its] : types) {
    for (const auto& [after, settings] : types) {
      Json object = WithDefaults(SmcOf("", "cniType: " + before + ", " + its));
      const Json gone = SmcOf("", its)["spec"], wanted = SmcOf("", settings)["spec"];
      for (const auto& [name, value] : gone.items()) object["spec"].erase(name);
      object["spec"].update(wanted);
      object["spec"]["cniType"] = after;
      CAPTURE(before);
      CAPTURE(after);
      CHECK(Show(ValidateSpiderMultusConfig(WithDefaults(object))) == "");
    }
  }
}

TEST_CASE("only the network's name decides what clashes") {
  const RailIndex index = IndexOf(Smc("b", "multus.spidernet.io/cr-name: net", "cniType: custom") +
                                  Smc("a", "", "cniType: custom"));
  const Json mine = SmcOf("multus.spidernet.io/cr-name: net", "cniType: custom");
  CHECK(Show(FindClashes(Json(), mine, index)) ==
        "/metadata/annotations/multus.spidernet.io~1cr-name");
  CHECK(FindClashes(mine, mine, index).empty());
  CHECK(FindClashes(Json(), SmcOf("", "cniType: custom"), index).empty());
  const Json theirs = ObjectOf(Smc("net", "", "cniType: custom"));
  CHECK(Show(FindClashes(Json(), theirs, index)) == "/metadata/name");
  CHECK(FindClashes(Json(), ObjectOf(Smc("other/net", "", "cniType: custom")), index).empty());
}

}  // namespace
}  // namespace railhook

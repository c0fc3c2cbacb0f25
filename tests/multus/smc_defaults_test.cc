#include "multus/smc_defaults.h"

#include <doctest/doctest.h>

#include "base/json.h"
#include "tests/multus/objects.h"

namespace railhook {
namespace {

Json SpecWithDefaults(std::string_view spec) {
  return WithDefaults(Json(ObjectOf(Smc("a", "", spec))))["spec"];
}

// That each type gets its defaults is shown by tests/cases/smc.

TEST_CASE("a spec without a type is custom, and gets no coordinator") {
  CHECK(SpecWithDefaults("") == Json::parse(R"({"cniType": "custom", "disableIPAM": false,
      "chainCNIJsonData": [], "enableCoordinator": false, "customCNI": ""})"));
}

TEST_CASE("what is there stays, null counts as missing") {
  const Json spec = SpecWithDefaults(
      "cniType: sriov, enableCoordinator: false, disableIPAM: null, coordinator: {mode: none}, "
      "sriov: {resourceName: a/b, vlanID: 5, mtu: null, odd: 1, ippools: {ipv4: [p]}}");
  CHECK(spec["enableCoordinator"] == false);
  CHECK(spec["disableIPAM"] == false);
  CHECK(spec["coordinator"]["mode"] == "none");
  CHECK(spec["coordinator"]["hostRuleTable"] == 500);
  CHECK(spec["sriov"] == Json::parse(R"({"resourceName": "a/b", "vlanID": 5, "mtu": 0, "odd": 1,
      "minTxRateMbps": 0, "maxTxRateMbps": 0, "rdmaIsolation": false,
      "ippools": {"ipv4": ["p"], "ipv6": [], "matchMasterSubnet": false}})"));
}

TEST_CASE("settings that are missing are not made up") {
  CHECK_FALSE(SpecWithDefaults("cniType: sriov").contains("sriov"));
  CHECK(SpecWithDefaults("cniType: sriov, macvlan: {}")["macvlan"] == Json::object());
}

TEST_CASE("what has the wrong type gets no defaults") {
  for (const std::string text : {R"(null)", R"(5)", R"([])", R"({})", R"({"spec": null})",
                                 R"({"spec": "text"})", R"({"spec": [1]})"}) {
    CAPTURE(text);
    CHECK(WithDefaults(Json::parse(text)) == Json::parse(text));
  }
  CHECK(SpecWithDefaults("cniType: sriov, sriov: [a]")["sriov"] == Json::array({"a"}));
  CHECK(SpecWithDefaults("cniType: vlan, vlan: {bond: 5, ippools: x}")["vlan"]["bond"] == 5);
  CHECK(SpecWithDefaults("cniType: [sriov]")["cniType"] == Json::array({"sriov"}));
  CHECK(SpecWithDefaults("cniType: sriov, coordinator: text")["coordinator"] == "text");
}

}  // namespace
}  // namespace railhook

#include "multus/lint.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "tests/multus/objects.h"

namespace railhook {
namespace {

// The findings on the first object, among all the objects.
std::vector<Finding> Findings(std::string_view yaml) {
  return LintObject(ObjectOf(yaml), IndexOf(yaml));
}

std::string Show(const std::vector<Finding>& findings) {
  std::vector<std::string> words;
  for (const Finding& f : findings)
    words.push_back((f.severity == Severity::kError ? "" : "~") + f.pointer);
  return Join(words, " ");
}

// The one finding on a SpiderMultusConfig: where, and what is said in it.
struct Case {
  std::string_view spec, pointer;
  std::vector<std::string_view> said;
};

void Check(const Case& c, std::string_view annotations = "") {
  CAPTURE(c.spec);
  const auto findings = Findings(Smc("a", annotations, c.spec));
  REQUIRE(Show(findings) == c.pointer);
  CAPTURE(findings.front().text);
  for (const auto& part : c.said) CHECK(Has(findings.front().text, part));
}

TEST_CASE("nothing is wrong with today's forms") {
  for (const std::string_view spec :
       {"cniType: macvlan, macvlan: {master: [eth1], mtu: 9000, vlanID: 0, rdmaResourceName: a/b, "
        "ippools: {ipv4: [p]}}",
        "cniType: ipvlan, ipvlan: {master: [e1, e2], bond: {name: b0, mode: 1}, rdmaResourceName: "
        "a/b, ippools: {ipv6: [p]}}",
        "cniType: vlan, vlan: {master: [eth1], vlanID: 4094, vlanMode: manual, rdmaResourceName: "
        "a/b, ippools: {ipv4: [p]}}",
        "cniType: sriov, sriov: {resourceName: a/b, minTxRateMbps: 100, rdmaIsolation: true, mtu: "
        "4200, ippools: {ipv4: "
        "['p*'], matchMasterSubnet: true}}",
        "cniType: sriov, disableIPAM: true, sriov: {resourceName: a/b}, enableCoordinator: false",
        "cniType: ib-sriov, ibsriov: {resourceName: a/b, pkey: '1000', linkState: auto, "
        "enableIbKubernetes: false, ippools: "
        "{ipv4: [p]}}",
        "cniType: sriov, sriov: {resourceName: a/b, ippools: {ipv4: [p]}}, chainCNIJsonData: "
        "['{\"type\":\"x\"}'], "
        "coordinator: {mode: auto}"}) {
    CAPTURE(spec);
    CHECK(Show(Findings(Smc("a", kRdmaClass, spec))) == "");
  }
}

TEST_CASE("nothing is wrong with networks that are no rails") {
  for (const std::string_view spec :
       {"cniType: custom, customCNI: '{\"type\":\"bridge\"}'", "cniType: custom",
        "cniType: ovs, ovs: {bridge: br0, vlan: 0}",
        "cniType: macvlan, macvlan: {master: [eth1]}, customCNI: ''", "customCNI: ''"}) {
    CAPTURE(spec);
    CHECK(Show(Findings(Smc("a", "", spec))) == "");
  }
}

TEST_CASE("a field that nobody knows is named with the nearest that exists") {
  const Case cases[] = {
      {"cnitype: sriov, cniType: sriov, sriov: {resourceName: a/b}",
       "/spec/cnitype",
       {"spec.cnitype", "\"cniType\""}},
      {"cniType: sriov, sriov: {resourceName: a/b, resourcename: c/d}",
       "/spec/sriov/resourcename",
       {"\"resourceName\""}},
      {"cniType: sriov, sriov: {resourceName: a/b, vlanId: 5}",
       "/spec/sriov/vlanId",
       {"spec.sriov.vlanId", "\"vlanID\""}},
      {"cniType: sriov, sriov: {resourceName: a/b, ippools: {ipv5: [p]}}",
       "/spec/sriov/ippools/ipv5",
       {"\"ipv4\""}},
      {"cniType: sriov, sriov: {resourceName: a/b, somethingElse: 1}",
       "/spec/sriov/somethingElse",
       {"is no field"}},
      {"cniType: macvlan, macvlan: {master: [e], resourceName: a/b}",
       "/spec/macvlan/resourceName",
       {"rdmaResourceName"}},
      {"cniType: sriov, sriov: {resourceName: a/b, a/b~c: 1}",
       "/spec/sriov/a~1b~0c",
       {"spec.sriov.a/b~c"}},
  };
  for (const auto& c : cases) Check(c);
}

TEST_CASE("fields that nobody knows are found in maps of every depth") {
  for (const std::string_view spec :
       {"cniType: macvlan, macvlan: {master: [e], bond: {name: b, mode: 1, option: x}}",
        "cniType: ovs, ovs: {bridge: b, trunk: [{minid: 1}]}",
        "cniType: ovs, ovs: {bridge: b}, coordinator: {mtu: 1}",
        "cniType: ovs, ovs: {bridge: b}, coordinator: {policyRoutes: [{dst: 10.0.0.0/8, gw: "
        "10.0.0.1, gateway: x}]}"}) {
    CAPTURE(spec);
    const auto findings = Findings(Smc("a", "", spec));
    REQUIRE(findings.size() == 1);
    CHECK(Has(findings.front().text, "is no field"));
  }
}

TEST_CASE("older forms are errors that lint --fix mends") {
  const Case cases[] = {
      {"cniType: sriov, sriov: {resourceName: a/b}, ippools: {ipv4: [p]}",
       "/spec/ippools",
       {"spec.ippools", "--fix"}},
      {"cniType: sriov, sriov: {resourceName: a/b, enableRdma: true}",
       "/spec/sriov/enableRdma",
       {"--fix"}},
      {"cniType: ib-sriov, ibsriov: {resourceName: a/b, enableRdma: true}",
       "/spec/ibsriov/enableRdma",
       {"--fix"}},
      {"cniType: macvlan, macvlan: {master: [e], enableRdma: true}",
       "/spec/macvlan/enableRdma",
       {"--fix"}},
      {"cniType: vlan, vlan: {master: [e], enableRdma: true}", "/spec/vlan/enableRdma", {"--fix"}},
      {"cniType: sriov, sriov: {resourceName: a/b, matchMasterSubnet: true}",
       "/spec/sriov/matchMasterSubnet",
       {"spec.sriov.ippools", "--fix"}},
      {"cniType: ib-sriov, ibsriov: {resourceName: a/b, pkey: 1000}",
       "/spec/ibsriov/pkey",
       {"1000", "\"1000\"", "--fix"}},
  };
  for (const auto& c : cases) Check(c);
}

TEST_CASE("values that the CRD or Spiderpool's webhook would refuse") {
  const Case cases[] = {
      {"cniType: bridge", "/spec/cniType", {"\"bridge\"", "macvlan", "ib-sriov"}},
      {"cniType: [sriov], sriov: {resourceName: a/b}", "/spec/cniType", {"sriov", "ib-sriov"}},
      {"cniType: sriov, disableIPAM: 'true', sriov: {resourceName: a/b}",
       "/spec/disableIPAM",
       {"is \"true\"", "true or false"}},
      {"cniType: sriov, sriov: {resourceName: a/b, rdmaIsolation: 1}",
       "/spec/sriov/rdmaIsolation",
       {"is 1", "true or false"}},
      {"cniType: ib-sriov, ibsriov: {resourceName: a/b, enableIbKubernetes: x}",
       "/spec/ibsriov/enableIbKubernetes",
       {"true or false"}},
      {"cniType: ib-sriov, ibsriov: {resourceName: a/b, linkState: up}",
       "/spec/ibsriov/linkState",
       {"\"up\"", "auto, enable, disable"}},
      {"cniType: vlan, vlan: {master: [e], vlanMode: x}",
       "/spec/vlan/vlanMode",
       {"\"x\"", "manual, auto"}},
      {"cniType: macvlan, macvlan: {master: eth1}", "/spec/macvlan/master", {"\"eth1\"", "list"}},
      {"cniType: macvlan, macvlan: {master: [1]}", "/spec/macvlan/master", {"[1]", "list"}},
      {"cniType: sriov, sriov: {resourceName: a/b, ippools: {ipv4: p}}",
       "/spec/sriov/ippools/ipv4",
       {"\"p\"", "list"}},
      {"cniType: sriov, sriov: {resourceName: a/b, ippools: {ipv6: [7]}}",
       "/spec/sriov/ippools/ipv6",
       {"[7]", "list"}},
      {"cniType: macvlan, macvlan: {master: [e]}, chainCNIJsonData: '{}'",
       "/spec/chainCNIJsonData",
       {"list"}},
      {"cniType: sriov", "/spec/sriov", {"spec.sriov is missing", "\"sriov\""}},
      {"cniType: sriov, sriov: [a]", "/spec/sriov", {"spec.sriov"}},
      {"cniType: sriov, sriov: {}",
       "/spec/sriov/resourceName",
       {"spec.sriov.resourceName is missing"}},
      {"cniType: sriov, sriov: {resourceName: 5}", "/spec/sriov/resourceName", {"is 5", "text"}},
      {"cniType: ib-sriov, ibsriov: {resourceName: ''}", "/spec/ibsriov/resourceName", {"missing"}},
      {"cniType: ipoib, ipoib: {}", "/spec/ipoib/master", {"missing", "ib0"}},
      {"cniType: ovs, ovs: {}", "/spec/ovs/bridge", {"missing"}},
      {"cniType: macvlan, macvlan: {}", "/spec/macvlan/master", {"missing", "[\"eth1\"]"}},
      {"cniType: macvlan, macvlan: {master: []}", "/spec/macvlan/master", {"missing"}},
      {"cniType: vlan, vlan: {master: [a, b]}",
       "/spec/vlan/bond",
       {"spec.vlan.bond is missing", "2 masters"}},
      {"cniType: vlan, vlan: {master: [a, b], bond: {mode: 1}}",
       "/spec/vlan/bond/name",
       {"spec.vlan.bond.name"}},
      {"cniType: sriov, sriov: {resourceName: a/b, vlanID: 4095}",
       "/spec/sriov/vlanID",
       {"4095", "0 to 4094"}},
      {"cniType: sriov, sriov: {resourceName: a/b, vlanID: -1}", "/spec/sriov/vlanID", {"-1"}},
      {"cniType: sriov, sriov: {resourceName: a/b, vlanID: '5'}",
       "/spec/sriov/vlanID",
       {"\"5\"", "number"}},
      {"cniType: macvlan, macvlan: {master: [e], mtu: -1}", "/spec/macvlan/mtu", {"-1"}},
      {"cniType: macvlan, macvlan: {master: [e], mtu: 99999999999}",
       "/spec/macvlan/mtu",
       {"99999999999"}},
      {"cniType: macvlan, macvlan: {master: [e], mtu: 1.5}", "/spec/macvlan/mtu", {"1.5"}},
      {"cniType: sriov, sriov: {resourceName: a/b, minTxRateMbps: 9, maxTxRateMbps: 8}",
       "/spec/sriov/minTxRateMbps",
       {"is 9", "maxTxRateMbps 8"}},
      {"cniType: sriov, sriov: {resourceName: a/b, minTxRateMbps: -1}",
       "/spec/sriov/minTxRateMbps",
       {"-1"}},
      {"cniType: macvlan, macvlan: {master: [e], ippools: {matchMasterSubnet: true}}",
       "/spec/macvlan/ippools/matchMasterSubnet",
       {"sriov only"}},
      {"cniType: sriov, sriov: {resourceName: a/b, ippools: [p]}",
       "/spec/sriov/ippools",
       {"ipv4", "ipv6"}},
      {"cniType: sriov, sriov: {resourceName: a/b}, macvlan: {master: [e]}",
       "/spec/macvlan",
       {"spec.macvlan is not for cniType \"sriov\""}},
      {"cniType: custom, customCNI: '{'", "/spec/customCNI", {"spec.customCNI is no JSON"}},
      {"cniType: custom, customCNI: {type: bridge}", "/spec/customCNI", {"text"}},
      {"cniType: macvlan, macvlan: {master: [e]}, chainCNIJsonData: ['{\"type\":\"x\"}', '{']",
       "/spec/chainCNIJsonData/1",
       {"no JSON"}},
  };
  for (const auto& c : cases) Check(c);
}

TEST_CASE("a spec that is missing or no map") {
  const std::string head =
      "{apiVersion: spiderpool.spidernet.io/v2beta1, kind: SpiderMultusConfig, metadata: {name: a}";
  for (const std::string_view spec : {"}", ", spec: null}", ", spec: text}", ", spec: [a]}"}) {
    CAPTURE(spec);
    CHECK(Show(Findings(head + std::string(spec))).starts_with("/spec"));
  }
}

TEST_CASE("what keeps a rail from its class is found, once for each field") {
  const struct {
    std::string_view annotations, spec, want;
  } cases[] = {
      {kRdmaClass, "cniType: sriov, sriov: {resourceName: a/b}", "/spec/sriov/ippools"},
      {kRdmaClass, "cniType: macvlan, macvlan: {master: [e]}",
       "/spec/macvlan/rdmaResourceName /spec/macvlan/ippools"},
      {kRdmaClass, "cniType: sriov, sriov: {ippools: {ipv4: [p]}}", "/spec/sriov/resourceName"},
      {kRdmaClass, "cniType: sriov, sriov: {resourceName: gpu1, ippools: {ipv4: [p]}}",
       "/spec/sriov/resourceName"},
      {kRdmaClass, "cniType: ovs, ovs: {bridge: b}", "/spec/cniType"},
      {kRdmaClass, "cniType: sriov", "/spec/sriov"},
      {kRdmaClass, "cniType: ipoib, ipoib: {master: ib0, ippools: {ipv4: [p]}}",
       "/metadata/annotations/railhook.io~1resource"},
      {kNetworkClass, "cniType: macvlan, macvlan: {master: [e]}", ""},
      {kNetworkClass, "cniType: macvlan, macvlan: {master: [e], rdmaResourceName: a/b}",
       "/spec/macvlan/ippools"},
      {"railhook.io/classes: c", "cniType: sriov, sriov: {resourceName: a/b}",
       "/spec/sriov/ippools"},
      {"", "cniType: macvlan, macvlan: {master: [e]}", ""},
  };
  for (const auto& c : cases) {
    CAPTURE(c.annotations);
    CAPTURE(c.spec);
    CHECK(Show(Findings(Smc("a", c.annotations, c.spec))) == c.want);
  }
}

constexpr std::string_view kGood =
    "cniType: sriov, sriov: {resourceName: a/b, ippools: {ipv4: [p]}}";

TEST_CASE("no class may be called none") {
  const struct {
    std::string_view annotations, want;
  } cases[] = {
      {"cni.spidernet.io/rdma-resource-inject: none",
       "/metadata/annotations/cni.spidernet.io~1rdma-resource-inject"},
      {"cni.spidernet.io/network-resource-inject: none",
       "/metadata/annotations/cni.spidernet.io~1network-resource-inject"},
      {"cni.spidernet.io/rdma-resource-inject: c, railhook.io/classes: 'd,none'",
       "/metadata/annotations/railhook.io~1classes"},
      {"cni.spidernet.io/rdma-resource-inject: nonesuch", ""},
  };
  for (const auto& c : cases) {
    CAPTURE(c.annotations);
    CHECK(Show(Findings(Smc("a", c.annotations, kGood))) == c.want);
  }
}

TEST_CASE("a class list works, but not beside Spiderpool") {
  const auto findings = Findings(Smc("a", "cni.spidernet.io/rdma-resource-inject: 'a,b'", kGood));
  REQUIRE(Show(findings) == "~/metadata/annotations/cni.spidernet.io~1rdma-resource-inject");
  CHECK(Has(findings.front().text, "\"a,b\""));
  CHECK(Has(findings.front().text, "railhook.io/classes"));
  CHECK(Show(Findings(Smc(
            "a", "cni.spidernet.io/rdma-resource-inject: a, railhook.io/classes: 'b,c'", kGood))) ==
        "");
}

TEST_CASE("a cr-name that can't name a NAD, and one that another object uses") {
  const auto bad = Findings(Smc("a", "multus.spidernet.io/cr-name: Not_A_Name", kGood));
  REQUIRE(Show(bad) == "/metadata/annotations/multus.spidernet.io~1cr-name");
  CHECK(Has(bad.front().text, "\"Not_A_Name\""));
  const std::string to_n = std::string(kRdmaClass) + ", multus.spidernet.io/cr-name: net";
  for (const std::string& yaml : {Smc("a", to_n, kGood) + Smc("b", to_n, kGood),
                                  Smc("b", to_n, kGood) + Smc("a", to_n, kGood)}) {
    const auto findings = Findings(yaml);
    REQUIRE(Show(findings) == "/metadata/annotations/multus.spidernet.io~1cr-name");
    CHECK(Has(findings.front().text, "SpiderMultusConfig default/"));
  }
}

TEST_CASE("a NAD's findings are its own, also beside its SpiderMultusConfig") {
  CHECK(Show(Findings(Nad("a", kRdmaClass, R"({"type":"sriov"})"))) ==
        "/metadata/annotations/railhook.io~1resource");
  CHECK(Show(Findings(Nad("a", kRdmaClass, "{broken"))).starts_with("/spec/config"));
  CHECK(Show(Findings(Nad("a", "", R"({"type":"bridge"})"))) == "");
  const std::string nad = Nad("a", "k8s.v1.cni.cncf.io/resourceName: a/b", R"({"type":"sriov"})");
  CHECK(Show(Findings(nad + Smc("a", kRdmaClass, "cniType: sriov, sriov: {resourceName: a/b}"))) ==
        "");
}

TEST_CASE("pools that are not there are told, where there are pools at all") {
  const std::string pool =
      "---\n{apiVersion: spiderpool.spidernet.io/v2beta1, kind: SpiderIPPool, metadata: {name: "
      "other}}\n";
  CHECK(Show(Findings(Smc("a", kRdmaClass, kGood))) == "");
  const auto findings = Findings(Smc("a", kRdmaClass, kGood) + pool);
  REQUIRE(findings.size() == 1);
  CHECK(findings.front().severity == Severity::kWarning);
  CHECK(Has(findings.front().text, "\"p\""));
}

TEST_CASE("metadata of the wrong type is a finding, other objects have none") {
  CHECK(Show(LintObject(
            ObjectOf(
                "{apiVersion: spiderpool.spidernet.io/v2beta1, kind: SpiderMultusConfig, metadata: "
                "{name: a, annotations: {x: 1}}}"),
            RailIndex(ClusterObjects()))) == "/metadata");
  for (const std::string_view yaml :
       {"{apiVersion: v1, kind: Pod}", "{apiVersion: v1, kind: Namespace, spec: 5}", "text",
        "[a]"}) {
    CAPTURE(yaml);
    CHECK(LintObject(ObjectOf(yaml), RailIndex(ClusterObjects())).empty());
  }
}

std::string Fixed(std::string_view spec) {
  std::vector<std::string> changes;
  const OrderedJson fixed = FixObject(ObjectOf(Smc("a", "", spec)), changes);
  return Compact(fixed["spec"]) + " (" + Join(changes, "; ") + ')';
}

TEST_CASE("FixObject writes older forms as today's, and says so") {
  const struct {
    std::string_view spec, want, change;
  } cases[] = {
      {"cniType: sriov, sriov: {resourceName: a/b}, ippools: {ipv4: [p]}",
       R"({"cniType":"sriov","sriov":{"resourceName":"a/b","ippools":{"ipv4":["p"]}}})",
       "spec.ippools"},
      {"cniType: sriov, sriov: {resourceName: a/b, enableRdma: true, mtu: 1}",
       R"({"cniType":"sriov","sriov":{"resourceName":"a/b","mtu":1}})", "spec.sriov.enableRdma"},
      {"cniType: sriov, sriov: {ippools: {ipv4: [p]}, matchMasterSubnet: true}",
       R"({"cniType":"sriov","sriov":{"ippools":{"ipv4":["p"],"matchMasterSubnet":true}}})",
       "matchMasterSubnet"},
      {"cniType: sriov, sriov: {matchMasterSubnet: true}, ippools: {ipv4: [p]}",
       R"({"cniType":"sriov","sriov":{"ippools":{"ipv4":["p"],"matchMasterSubnet":true}}})",
       "matchMasterSubnet"},
      {"cniType: sriov, sriov: {matchMasterSubnet: true}",
       R"({"cniType":"sriov","sriov":{"ippools":{"matchMasterSubnet":true}}})",
       "matchMasterSubnet"},
      {"cniType: ib-sriov, ibsriov: {pkey: 1000}",
       R"({"cniType":"ib-sriov","ibsriov":{"pkey":"1000"}})", "pkey"},
      {"cniType: macvlan, macvlan: {master: [e]}, ippools: {ipv6: [p]}",
       R"({"cniType":"macvlan","macvlan":{"master":["e"],"ippools":{"ipv6":["p"]}}})",
       "spec.macvlan.ippools"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.spec);
    const std::string fixed = Fixed(c.spec);
    CHECK(fixed.starts_with(std::string(c.want) + " ("));
    CHECK(Has(fixed, c.change));
  }
}

TEST_CASE("FixObject leaves everything else as it is") {
  for (const std::string_view spec :
       {"cniType: sriov, sriov: {resourceName: a/b, ippools: {ipv4: [p]}, unknown: [1, {x: y}]}",
        "ippools: {ipv4: [p]}", "cniType: sriov, ippools: {ipv4: [p]}",
        "cniType: custom, customCNI: '{'", "cniType: [x], sriov: {enableRdma: true}",
        "cniType: sriov, sriov: {ippools: {ipv4: [q]}}, ippools: {ipv4: [p]}",
        "cniType: ib-sriov, ibsriov: {pkey: x}"}) {
    CAPTURE(spec);
    std::vector<std::string> changes;
    const OrderedJson object = ObjectOf(Smc("a", "", spec));
    CHECK(FixObject(object, changes) == object);
    CHECK(changes.empty());
  }
  std::vector<std::string> changes;
  const OrderedJson pod =
      ObjectOf("{apiVersion: v1, kind: Pod, spec: {cniType: sriov, sriov: {enableRdma: true}}}");
  CHECK(FixObject(pod, changes) == pod);
}

TEST_CASE("two lists of pools can't be mended, and the finding doesn't promise it") {
  const auto findings = Findings(Smc(
      "a", "",
      "cniType: sriov, sriov: {resourceName: a/b, ippools: {ipv4: [q]}}, ippools: {ipv4: [p]}"));
  REQUIRE(Show(findings) == "/spec/ippools");
  CHECK_FALSE(Has(findings.front().text, "--fix"));
  CHECK(Has(findings.front().text, "remove"));
}

TEST_CASE("what FixObject gives is clean and means the same rail") {
  for (const std::string_view spec :
       {"cniType: sriov, sriov: {resourceName: a/b, enableRdma: true}, ippools: {ipv4: [p]}",
        "cniType: sriov, sriov: {resourceName: a/b, ippools: {ipv4: [p]}, matchMasterSubnet: true}",
        "cniType: sriov, sriov: {resourceName: a/b, matchMasterSubnet: true, enableRdma: false}, "
        "ippools: {ipv6: [p]}",
        "cniType: vlan, vlan: {master: [e], vlanID: 5, rdmaResourceName: a/b, enableRdma: true}, "
        "ippools: {ipv4: [p]}",
        "cniType: ib-sriov, ibsriov: {resourceName: a/b, pkey: 1000, ippools: {ipv4: [p]}}"}) {
    CAPTURE(spec);
    const std::string yaml = Smc("a", kRdmaClass, spec);
    CHECK(Show(Findings(yaml)) != "");
    std::vector<std::string> changes;
    const std::string fixed = EmitYaml(FixObject(ObjectOf(yaml), changes));
    CHECK(Show(Findings(fixed)) == "");
    const Rail before = RailOf(yaml), after = RailOf(fixed);
    CHECK(after.resource == before.resource);
    CHECK(after.pools == before.pools);
    std::vector<std::string> more;
    FixObject(ObjectOf(fixed), more);
    CHECK(more.empty());
  }
}

}  // namespace
}  // namespace railhook

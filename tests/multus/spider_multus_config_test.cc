// The rails of SpiderMultusConfigs.

#include <doctest/doctest.h>

#include "multus/rail.h"
#include "tests/multus/objects.h"

namespace railhook {
namespace {

// "sriov a/b own [p4 p6] by gpu1".
std::string Show(const Rail& rail) {
  std::string text = rail.cni_type + ' ' + (rail.resource.empty() ? "-" : rail.resource);
  text += rail.exclusive ? " own" : " shared";
  text += rail.has_own_ipam ? " no-ipam" : " [" + Join(rail.pools, " ") + ']';
  return text + " by " + rail.sort_name;
}

Rail SmcOf(std::string_view spec, std::string_view annotations = "") {
  return RailOf(Smc("a", annotations, spec));
}

TEST_CASE("every cniType says where its device, resource and pools stand") {
  const struct {
    std::string_view spec, want;
  } cases[] = {
      {"cniType: macvlan, macvlan: {master: [eth1], rdmaResourceName: a/b, ippools: {ipv4: [p]}}",
       "macvlan a/b shared [p] by eth1"},
      {"cniType: ipvlan, ipvlan: {master: [eth1], rdmaResourceName: a/b, ippools: {ipv6: [p]}}",
       "ipvlan a/b shared [p] by eth1"},
      {"cniType: vlan, vlan: {master: [eth1], vlanID: 7, rdmaResourceName: a/b, ippools: {ipv4: "
       "[p, q], ipv6: [r]}}",
       "vlan a/b shared [p q r] by eth1"},
      {"cniType: sriov, sriov: {resourceName: a/b, ippools: {ipv4: [p]}}",
       "sriov a/b own [p] by a/b"},
      {"cniType: ib-sriov, ibsriov: {resourceName: a/b, ippools: {ipv4: [p]}}",
       "ib-sriov a/b own [p] by a/b"},
      {"cniType: sriov, disableIPAM: true, sriov: {resourceName: a/b}",
       "sriov a/b own no-ipam by a/b"},
      {"cniType: macvlan, macvlan: {master: [eth1, eth2], bond: {name: bond7}, rdmaResourceName: "
       "a/b, ippools: {ipv4: [p]}}",
       "macvlan a/b shared [p] by bond7"},
      {"cniType: macvlan, macvlan: {master: [eth1], bond: {name: bond7}, rdmaResourceName: a/b, "
       "ippools: {ipv4: [p]}}",
       "macvlan a/b shared [p] by eth1"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.spec);
    const Rail rail = SmcOf(c.spec);
    CHECK(Show(rail) == c.want);
    CHECK(Show(rail.ProblemsFor(InjectKey::kRdma)) == "");
    CHECK(Show(rail.ProblemsFor(InjectKey::kNetwork)) == "");
  }
}

TEST_CASE("an ipoib network gets its resource from the annotation, and shares it") {
  const Rail rail = SmcOf("cniType: ipoib, ipoib: {master: ib0, ippools: {ipv4: [p]}}",
                          "railhook.io/resource: a/b");
  CHECK(Show(rail) == "ipoib a/b shared [p] by ib0");
  CHECK(rail.ProblemsFor(InjectKey::kRdma).empty());
}

TEST_CASE("railhook.io/resource beats the object's own, and leaves the order") {
  const Rail rail = SmcOf("cniType: sriov, sriov: {resourceName: a/b, ippools: {ipv4: [p]}}",
                          "railhook.io/resource: c/d");
  CHECK(Show(rail) == "sriov c/d own [p] by a/b");
}

TEST_CASE("older forms mean the same") {
  for (const std::string_view spec :
       {"cniType: sriov, sriov: {resourceName: a/b, enableRdma: true}, ippools: {ipv4: [p]}",
        "cniType: sriov, sriov: {resourceName: a/b, ippools: {ipv4: [p]}, matchMasterSubnet: true}",
        "cniType: sriov, sriov: {resourceName: a/b, rdmaIsolation: true, ippools: {ipv4: [p], "
        "matchMasterSubnet: true}}"}) {
    CAPTURE(spec);
    const Rail rail = SmcOf(spec);
    CHECK(Show(rail) == "sriov a/b own [p] by a/b");
    CHECK(rail.ProblemsFor(InjectKey::kRdma).empty());
  }
  const Rail infiniband =
      SmcOf("cniType: ib-sriov, ibsriov: {resourceName: a/b, pkey: 1000, ippools: {ipv4: [p]}}");
  CHECK(infiniband.ProblemsFor(InjectKey::kRdma).empty());
}

TEST_CASE("the network is called as cr-name says, else as the object") {
  const std::string_view spec = "cniType: sriov, sriov: {resourceName: a/b, ippools: {ipv4: [p]}}";
  CHECK(RailOf(Smc("n/a", "", spec)).Id() == "n/a");
  CHECK(RailOf(Smc("n/a", "multus.spidernet.io/cr-name: ''", spec)).Id() == "n/a");
  const Rail renamed = RailOf(Smc("n/a", "multus.spidernet.io/cr-name: b", spec));
  CHECK(renamed.Id() == "n/b");
  CHECK(renamed.Object() == "SpiderMultusConfig n/a");
}

struct Lacking {
  std::string_view spec, rdma, network;
};

TEST_CASE(
    "with the rdma key a rail names a resource and a pool; with the network key no resource "
    "without a pool") {
  const Lacking cases[] = {
      {"cniType: macvlan, macvlan: {master: [eth1]}",
       "/spec/macvlan/rdmaResourceName /spec/macvlan/ippools", ""},
      {"cniType: macvlan, macvlan: {master: [eth1], ippools: {ipv4: [p]}}",
       "/spec/macvlan/rdmaResourceName", ""},
      {"cniType: macvlan, macvlan: {master: [eth1], rdmaResourceName: a/b}",
       "/spec/macvlan/ippools", "/spec/macvlan/ippools"},
      {"cniType: vlan, vlan: {master: [eth1], rdmaResourceName: '', ippools: {ipv4: []}}",
       "/spec/vlan/rdmaResourceName /spec/vlan/ippools", ""},
      {"cniType: sriov, sriov: {resourceName: a/b, ippools: {ipv4: [], ipv6: []}}",
       "/spec/sriov/ippools", "/spec/sriov/ippools"},
      {"cniType: sriov, sriov: {resourceName: a/b, ippools: {ipv4: ['']}}", "/spec/sriov/ippools",
       "/spec/sriov/ippools"},
      {"cniType: sriov, disableIPAM: false, sriov: {resourceName: a/b}", "/spec/sriov/ippools",
       "/spec/sriov/ippools"},
      {"cniType: ib-sriov, disableIPAM: true, ibsriov: {}", "/spec/ibsriov/resourceName", ""},
      {"cniType: ipoib, ipoib: {master: ib0, ippools: {ipv4: [p]}}",
       "/metadata/annotations/railhook.io~1resource", ""},
  };
  for (const auto& c : cases) {
    CAPTURE(c.spec);
    const Rail rail = SmcOf(c.spec);
    CHECK(Show(rail.ProblemsFor(InjectKey::kRdma)) == c.rdma);
    CHECK(Show(rail.ProblemsFor(InjectKey::kNetwork)) == c.network);
  }
}

struct Bad {
  std::string_view spec, pointer;
  std::vector<std::string_view> said;  // in the problem's text
};

void CheckBad(const Bad& bad) {
  CAPTURE(bad.spec);
  const Rail rail = SmcOf(bad.spec);
  REQUIRE(rail.problems.size() >= 1);
  CHECK(rail.problems.front().pointer == bad.pointer);
  for (const auto& part : bad.said) {
    CAPTURE(rail.problems.front().text);
    CHECK(Has(rail.problems.front().text, part));
  }
}

TEST_CASE(
    "what is wrong whichever key asks names the field, quotes the value, says what to write") {
  const Bad cases[] = {
      {"", "/spec/cniType", {"spec.cniType", "\"custom\"", "ib-sriov"}},
      {"cniType: custom, customCNI: '{}'", "/spec/cniType", {"\"custom\""}},
      {"cniType: ovs, ovs: {bridge: b}", "/spec/cniType", {"spec.cniType is \"ovs\""}},
      {"cniType: bridge", "/spec/cniType", {"\"bridge\"", "macvlan"}},
      {"cniType: SRIOV, sriov: {resourceName: a/b}", "/spec/cniType", {"\"SRIOV\""}},
      {"cniType: sriov", "/spec/sriov", {"spec.sriov is missing"}},
      {"cniType: ib-sriov, sriov: {resourceName: a/b}",
       "/spec/ibsriov",
       {"spec.ibsriov is missing"}},
      {"cniType: sriov, sriov: [a]", "/spec/sriov", {"spec.sriov"}},
      {"cniType: ipoib, ipoib: {ippools: {ipv4: [p]}}",
       "/spec/ipoib/master",
       {"spec.ipoib.master is missing", "\"ib0\""}},
      {"cniType: sriov, sriov: {resourceName: gpu1, ippools: {ipv4: [p]}}",
       "/spec/sriov/resourceName",
       {"spec.sriov.resourceName is \"gpu1\"", "domain/name"}},
      {"cniType: sriov, sriov: {resourceName: kubernetes.io/x, ippools: {ipv4: [p]}}",
       "/spec/sriov/resourceName",
       {"\"kubernetes.io/x\""}},
      {"cniType: macvlan, macvlan: {master: [e], rdmaResourceName: A/b/c, ippools: {ipv4: [p]}}",
       "/spec/macvlan/rdmaResourceName",
       {"\"A/b/c\"", "domain/name"}},
      {"cniType: sriov, sriov: {resourceName: 5, ippools: {ipv4: [p]}}",
       "/spec/sriov/resourceName",
       {"spec.sriov.resourceName is 5", "domain/name"}},
      {"cniType: sriov, sriov: {resourceName: a/b, ippools: {ipv4: p}}",
       "/spec/sriov/ippools/ipv4",
       {"spec.sriov.ippools.ipv4 is \"p\"", "list"}},
      {"cniType: sriov, sriov: {resourceName: a/b, ippools: {ipv4: [p, 7]}}",
       "/spec/sriov/ippools/ipv4",
       {"7"}},
      {"cniType: sriov, sriov: {resourceName: a/b}, ippools: {ipv6: p}",
       "/spec/ippools/ipv6",
       {"spec.ippools.ipv6"}},
      {"cniType: macvlan, macvlan: {master: eth1, rdmaResourceName: a/b, ippools: {ipv4: [p]}}",
       "/spec/macvlan/master",
       {"spec.macvlan.master is \"eth1\"", "list"}},
  };
  for (const auto& c : cases) CheckBad(c);
}

TEST_CASE("a bad resource annotation is what the problem names") {
  const Rail rail = SmcOf("cniType: sriov, sriov: {resourceName: a/b, ippools: {ipv4: [p]}}",
                          "railhook.io/resource: x");
  CHECK(Show(rail.problems) == "/metadata/annotations/railhook.io~1resource");
  CHECK(Has(rail.problems.front().text, "annotation railhook.io/resource is \"x\""));
}

TEST_CASE("all problems of a rail are named at once") {
  const Rail rail = SmcOf("cniType: ipoib, ipoib: {}",
                          "railhook.io/order: x, railhook.io/shared: x, railhook.io/resource: z");
  CHECK(Show(rail.ProblemsFor(InjectKey::kRdma)) ==
        "/metadata/annotations/railhook.io~1order /metadata/annotations/railhook.io~1shared "
        "/metadata/annotations/railhook.io~1resource /spec/ipoib/master /spec/ipoib/ippools");
}

TEST_CASE("an object that is being deleted says so, a node selector is kept") {
  const Rail rail = RailOf(
      "{apiVersion: spiderpool.spidernet.io/v2beta1, kind: SpiderMultusConfig, metadata: {name: a, "
      "deletionTimestamp: '2026-01-01T00:00:00Z', annotations: {k8s.v1.cni.cncf.io/nodeSelector: "
      "'a=b'}}}");
  CHECK(rail.deleting);
  CHECK(rail.node_selector == "a=b");
}

}  // namespace
}  // namespace railhook

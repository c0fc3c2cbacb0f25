// The rails of NetworkAttachmentDefinitions.

#include <doctest/doctest.h>

#include "multus/rail.h"
#include "tests/multus/objects.h"

namespace railhook {
namespace {

constexpr std::string_view kDevice = "k8s.v1.cni.cncf.io/resourceName: rdma/hca";

// "macvlan rdma/hca shared".
std::string Show(const Rail& rail) {
  return rail.cni_type + ' ' + (rail.resource.empty() ? "-" : rail.resource) +
         (rail.exclusive ? " own" : " shared");
}

TEST_CASE(
    "a NAD's type is read from its CNI config, in a chain from the plugin that makes the "
    "interface") {
  const struct {
    std::string_view config, want;
  } cases[] = {
      {R"({"type":"macvlan"})", "macvlan rdma/hca shared"},
      {R"({"type":"ipvlan"})", "ipvlan rdma/hca shared"},
      {R"({"type":"vlan"})", "vlan rdma/hca shared"},
      {R"({"type":"ipoib"})", "ipoib rdma/hca shared"},
      {R"({"type":"sriov"})", "sriov rdma/hca own"},
      {R"({"type":"ib-sriov"})", "ib-sriov rdma/hca own"},
      {R"({"type":"host-device"})", "host-device rdma/hca own"},
      {R"({"type":"some-other"})", "some-other rdma/hca own"},
      {R"({"cniVersion":"0.3.1","plugins":[{"type":"macvlan"},{"type":"coordinator"}]})",
       "macvlan rdma/hca shared"},
      {R"({"plugins":[{"type":"ifacer"},{"type":"macvlan"},{"type":"coordinator"}]})",
       "macvlan rdma/hca shared"},
      {R"({"plugins":[{"type":"sriov"},{"type":"rdma"},{"type":"tuning"}]})", "sriov rdma/hca own"},
      {R"({"plugins":[{"type":"tuning"},{"type":"host-device"}]})", "host-device rdma/hca own"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.config);
    const Rail rail = RailOf(Nad("a", kDevice, c.config));
    CHECK(Show(rail) == c.want);
    CHECK(rail.has_own_ipam);
    CHECK(Show(rail.ProblemsFor(InjectKey::kRdma)) == "");
  }
}

TEST_CASE("where a NAD's resource comes from") {
  const std::string both = "railhook.io/resource: a/b, " + std::string(kDevice);
  CHECK(RailOf(Nad("a", kDevice, R"({"type":"macvlan"})")).resource == "rdma/hca");
  CHECK(RailOf(Nad("a", "railhook.io/resource: a/b", R"({"type":"macvlan"})")).resource == "a/b");
  CHECK(RailOf(Nad("a", both, R"({"type":"macvlan"})")).resource == "a/b");
}

TEST_CASE("a NAD needs a resource with the rdma key only") {
  const Rail rail = RailOf(Nad("a", "", R"({"type":"macvlan"})"));
  CHECK(Show(rail.ProblemsFor(InjectKey::kRdma)) == "/metadata/annotations/railhook.io~1resource");
  CHECK(Has(rail.problems.front().text, "k8s.v1.cni.cncf.io/resourceName"));
  CHECK(rail.ProblemsFor(InjectKey::kNetwork).empty());
}

TEST_CASE("a NAD of a type that is no rail must name its resource through Multus' own annotation") {
  for (const std::string_view annotations : {"", "railhook.io/resource: a/b"}) {
    CAPTURE(annotations);
    const Rail rail = RailOf(Nad("a", annotations, R"({"type":"bridge"})"));
    REQUIRE(Show(rail.ProblemsFor(InjectKey::kNetwork)) == "/spec/config");
    CHECK(Has(rail.problems.front().text, "\"bridge\""));
    CHECK(Has(rail.problems.front().text, "host-device"));
  }
}

TEST_CASE("a NAD without a CNI type says what is missing, once") {
  const struct {
    std::string_view config, said;
  } cases[] = {{"", "spec.config is missing"},
               {"{broken", "spec.config is no JSON"},
               {"[]", "names no CNI type"},
               {"{}", "names no CNI type"},
               {R"({"type":5})", "names no CNI type"},
               {R"({"plugins":[]})", "names no CNI type"},
               {R"({"plugins":[{}]})", "names no CNI type"}};
  for (const auto& c : cases) {
    CAPTURE(c.config);
    const Rail rail = RailOf(Nad("a", "", c.config));
    REQUIRE(Show(rail.ProblemsFor(InjectKey::kNetwork)) == "/spec/config");
    CAPTURE(rail.problems.front().text);
    CHECK(Has(rail.problems.front().text, c.said));
  }
}

TEST_CASE("a NAD without a config but with a device is one of a configuration on the node") {
  CHECK(RailOf(Nad("a", kDevice, "")).ProblemsFor(InjectKey::kRdma).empty());
}

TEST_CASE("a bad resource is named with its annotation") {
  const Rail rail =
      RailOf(Nad("a", "k8s.v1.cni.cncf.io/resourceName: hca", R"({"type":"macvlan"})"));
  CHECK(Show(rail.problems) == "/metadata/annotations/k8s.v1.cni.cncf.io~1resourceName");
  CHECK(Has(rail.problems.front().text, "annotation k8s.v1.cni.cncf.io/resourceName is \"hca\""));
}

TEST_CASE("railhook.io/shared beats the type") {
  CHECK_FALSE(RailOf(Nad("a", "railhook.io/shared: 'true'", R"({"type":"sriov"})")).exclusive);
  CHECK(RailOf(Nad("a", "railhook.io/shared: 'false'", R"({"type":"macvlan"})")).exclusive);
}

std::string OwnedBy(std::string_view kind) {
  return "{apiVersion: k8s.cni.cncf.io/v1, kind: NetworkAttachmentDefinition, metadata: {name: a, "
         "annotations: {" +
         std::string(kRdmaClass) + ", " + std::string(kDevice) +
         "}, ownerReferences: [{kind: " + std::string(kind) +
         ", name: a}]}, spec: {config: '{\"type\":\"sriov\"}'}}";
}

TEST_CASE(
    "a NAD that a SpiderMultusConfig owns is in no class of its own, but tells its resource") {
  const Rail made = RailOf(OwnedBy("SpiderMultusConfig"));
  CHECK(made.rdma_classes.empty());
  CHECK(made.resource == "rdma/hca");
  CHECK(made.exclusive);
  CHECK(RailOf(OwnedBy("Tenant")).rdma_classes == std::vector<std::string>{"c"});
}

TEST_CASE("NADs have no device to sort by") {
  CHECK(RailOf(Nad("a", kDevice, R"({"type":"macvlan","master":"eth1"})")).sort_name.empty());
}

}  // namespace
}  // namespace railhook

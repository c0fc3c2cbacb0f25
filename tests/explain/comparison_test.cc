#include "explain/comparison.h"

#include "base/text.h"
#include "tests/multus/objects.h"
#include "tests/webhook/inject/yaml_fixture.h"
#include "webhook/inject/networks.h"

namespace railhook {
namespace {

std::string Sriov(std::string_view id, std::string_view resource, std::string_view more = "") {
  return Smc(
      id, std::string(kRdmaClass) + std::string(more),
      "cniType: sriov, sriov: {resourceName: " + std::string(resource) + ", ippools: {ipv4: [p]}}");
}

Json Asking(std::string_view annotations = "") {
  return From("metadata: {annotations: {" + std::string(kRdmaClass) + std::string(annotations) +
              "}}\nspec: {containers: [{name: main}]}");
}

// The pod as it would have been created among these rails.
Json Injected(const Json& pod, std::string_view rails) {
  const RailIndex index = IndexFrom(rails);
  return Value(Inject(pod, "team", index, InjectConfig()).patch.Apply(pod));
}

// What is different for the pod among the rails of today.
std::string Changes(const Json& pod, std::string_view rails, const InjectConfig& config = {}) {
  const RailIndex index = IndexFrom(rails);
  const Explanation today = Explain(WithoutRails(pod, "team"), "team", index, config);
  const auto status = ReadStatus(pod);
  REQUIRE(status.has_value());
  return Join(Differences(pod, "team", *status, today), " | ");
}

const std::string kThen = Sriov("a/gpu1", "x/gpu1") + Sriov("a/gpu2", "x/gpu2");

TEST_CASE("the status says what was given") {
  const auto status = ReadStatus(Injected(Asking(), kThen));
  REQUIRE(status.has_value());
  CHECK(status->classes == "c");
  CHECK(status->key == "cni.spidernet.io/rdma-resource-inject");
  CHECK(status->rails == std::vector<std::string>{"a/gpu1", "a/gpu2"});
  CHECK(status->resources == ResourceCounts{{"x/gpu1", 1}, {"x/gpu2", 1}});
  CHECK(status->container == "main");
  CHECK(!ReadStatus(Asking()).has_value());
  CHECK(!ReadStatus(Asking(", railhook.io/status: '{'")).has_value());
  CHECK(!ReadStatus(Asking(", railhook.io/status: '[]'")).has_value());
  CHECK(ReadStatus(Asking(R"(, railhook.io/status: '{"rails":7,"resources":[]}')"))->rails.empty());
}

TEST_CASE("nothing has changed") { CHECK(Changes(Injected(Asking(), kThen), kThen).empty()); }

TEST_CASE("what differs since is told") {
  const Json pod = Injected(Asking(), kThen);
  CHECK(Changes(pod, kThen + Sriov("a/gpu3", "x/gpu3")) ==
        "joined since: a/gpu3 | x/gpu3: 0 then, 1 now");
  CHECK(Changes(pod, Sriov("a/gpu1", "x/gpu1")) == "gone since: a/gpu2 | x/gpu2: 1 then, 0 now");
  CHECK(Changes(pod, Sriov("a/gpu1", "x/gpu1", ", railhook.io/order: '2'") +
                         Sriov("a/gpu2", "x/gpu2", ", railhook.io/order: '1'")) ==
        "the order is now: a/gpu2, a/gpu1");
  CHECK(Changes(pod, Sriov("a/gpu1", "x/gpu2") + Sriov("a/gpu2", "x/gpu2")) ==
        "x/gpu1: 1 then, 0 now | x/gpu2: 1 then, 2 now");
}

TEST_CASE("another class is told") {
  Json pod = Injected(Asking(), kThen);
  pod["metadata"]["annotations"]["cni.spidernet.io/rdma-resource-inject"] = "c, d";
  const std::string changes = Changes(
      pod, kThen + Smc("a/gpu9", "cni.spidernet.io/rdma-resource-inject: d",
                       "cniType: sriov, sriov: {resourceName: x/gpu2, ippools: {ipv4: [p]}}"));
  CHECK(changes.starts_with("asked for \"c\" then, \"c,d\" now | joined since: a/gpu9"));
}

TEST_CASE("networks that somebody took away after the injection are told") {
  Json pod = Injected(Asking(), kThen);
  pod["metadata"]["annotations"]["k8s.v1.cni.cncf.io/networks"] = "a/gpu2";
  CHECK(Changes(pod, kThen) ==
        "in railhook.io/status, but not in k8s.v1.cni.cncf.io/networks: a/gpu1");
}

TEST_CASE("the pod's own networks are compared as injection found them") {
  const std::string_view merge =
      ", railhook.io/existing-networks: merge, k8s.v1.cni.cncf.io/networks: 'b/own@eth9'";
  const Json pod = Injected(Asking(merge), kThen);
  const Json bare = WithoutRails(pod, "team");
  CHECK(Value(ParseNetworks(
                  bare["metadata"]["annotations"]["k8s.v1.cni.cncf.io/networks"].get<std::string>(),
                  "team"))
            .size() == 1);
  CHECK(Changes(pod, kThen).empty());
  CHECK(Changes(pod, Sriov("a/gpu1", "x/gpu1")) == "gone since: a/gpu2 | x/gpu2: 1 then, 0 now");
}

TEST_CASE("a pod without status, or with networks that can't be read, stays as it is") {
  const Json foreign = Asking(", k8s.v1.cni.cncf.io/networks: a/gpu1");
  CHECK(WithoutRails(foreign, "team") == foreign);
  Json broken = Injected(Asking(), kThen);
  broken["metadata"]["annotations"]["k8s.v1.cni.cncf.io/networks"] = "[";
  CHECK(WithoutRails(broken, "team") == broken);
}

TEST_CASE("where a pod stands") {
  const PodState waits = ReadPodState(From(
      "{spec: {}, status: {phase: Pending, conditions: [{type: Ready, status: 'False'}, {type: "
      "PodScheduled, status: 'False', reason: Unschedulable, message: 0/3 nodes}]}}"));
  CHECK(waits.phase == "Pending");
  CHECK(waits.node.empty());
  CHECK(waits.unscheduled == "Unschedulable: 0/3 nodes");
  const PodState runs = ReadPodState(From(
      "{spec: {nodeName: n1}, status: {phase: Running, conditions: [{type: PodScheduled, status: "
      "'True'}]}}"));
  CHECK(runs.node == "n1");
  CHECK(runs.unscheduled.empty());
}

}  // namespace
}  // namespace railhook

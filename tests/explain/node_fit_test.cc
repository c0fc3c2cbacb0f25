#include "explain/node_fit.h"

#include "base/text.h"
#include "tests/webhook/inject/yaml_fixture.h"

namespace railhook {
namespace {

// A node in one line: name, allocatable, and what is requested already, both in flow style.
Node NodeWith(std::string_view name, std::string_view allocatable, std::string_view more = "") {
  return ReadNode(From("metadata: {name: " + std::string(name) + ", labels: {zone: a}}\n" +
                       "status: {allocatable: {" + std::string(allocatable) + "}}\n" +
                       std::string(more)));
}

Node Using(Node node, ResourceAmounts requested) {
  node.requested = std::move(requested);
  return node;
}

PodNeeds NeedsOf(std::string_view spec) {
  return Value(ReadPodNeeds(From("spec: {" + std::string(spec) + "}")));
}

constexpr std::string_view kTwoRails =
    "containers: [{resources: {requests: {x/gpu1: 1, x/gpu2: 1}}}]";

std::string LacksOf(const NodeFit& fit, std::string_view name) {
  for (const NodeVerdict& verdict : fit.verdicts) {
    if (verdict.node->name != name) continue;
    std::vector<std::string> texts;
    for (const Lack& lack : verdict.lacks) texts.push_back(lack.Text());
    return Join(texts, "; ");
  }
  return "no such node";
}

TEST_CASE("a node fits by what is left of each resource") {
  const std::vector<Node> nodes = {
      NodeWith("n10", "pods: '9', x/gpu1: '8', x/gpu2: '8'"),
      Using(NodeWith("n2", "pods: '9', x/gpu1: '8', x/gpu2: '8'"), {{"x/gpu2", 8}}),
      Using(NodeWith("n3", "pods: '9', x/gpu1: '1', x/gpu2: '1'"), {{"x/gpu2", 3}}),
      NodeWith("n4", "pods: '9', x/gpu1: '8'"),
      NodeWith("n5", "pods: '9', x/gpu1: '8', x/gpu2: '0'"),
      Using(NodeWith("n6", "pods: '9', x/gpu1: '8', x/gpu2: '8'"), {{"pods", 9}})};
  const NodeFit fit = FitNodes(NeedsOf(kTwoRails), nodes);
  CHECK(fit.Fitting() == std::vector<std::string>{"n10"});
  CHECK(fit.verdicts.front().node->name == "n2");  // digits as numbers
  CHECK(LacksOf(fit, "n10").empty());
  CHECK(LacksOf(fit, "n2") == "x/gpu2: 0 free of 8");
  CHECK(LacksOf(fit, "n3") == "x/gpu2: 0 free of 1");
  CHECK(LacksOf(fit, "n4") == "no x/gpu2");
  CHECK(LacksOf(fit, "n5") == "no x/gpu2");
  CHECK(LacksOf(fit, "n6") == "pods: 0 free of 9");
  CHECK(fit.Unoffered().empty());
}

TEST_CASE("CPU and memory count, and are told as people write them") {
  const std::vector<Node> nodes = {
      Using(NodeWith("one", "pods: '9', cpu: '4', memory: 8Gi"), {{"cpu", 2500}})};
  const auto lacks = [&](std::string_view requests) {
    return LacksOf(
        FitNodes(NeedsOf("containers: [{resources: {requests: {" + std::string(requests) + "}}}]"),
                 nodes),
        "one");
  };
  CHECK(lacks("cpu: 1500m, memory: 8Gi").empty());
  CHECK(lacks("cpu: 1501m") == "cpu: 1500m free of 4");
  CHECK(lacks("memory: 8.1Gi") == "memory: 8Gi free of 8Gi");
}

TEST_CASE("a node is out of reach by name, cordon, label or taint") {
  const std::string places = "pods: '9'";
  const std::vector<Node> nodes = {
      NodeWith("free", places), NodeWith("cordoned", places, R"(
spec: {unschedulable: true, taints: [{key: node.kubernetes.io/unschedulable, effect: NoSchedule}]})"),
      NodeWith("tainted", places, "spec: {taints: [{key: gpu, value: h100, effect: NoSchedule}]}"),
      NodeWith("evicting", places, "spec: {taints: [{key: bad, effect: NoExecute}]}"),
      NodeWith("avoided", places, "spec: {taints: [{key: bad, effect: PreferNoSchedule}]}")};
  const auto lacks = [&](std::string_view spec, std::string_view node) {
    return LacksOf(FitNodes(NeedsOf(spec), nodes), node);
  };
  const std::string_view plain = "containers: []";
  CHECK(lacks(plain, "free").empty());
  CHECK(lacks(plain, "cordoned") == "cordoned");
  CHECK(lacks(plain, "tainted") == "taint gpu=h100:NoSchedule");
  CHECK(lacks(plain, "evicting") == "taint bad:NoExecute");
  CHECK(lacks(plain, "avoided").empty());
  CHECK(lacks("tolerations: [{operator: Exists}]", "cordoned").empty());
  CHECK(lacks("tolerations: [{key: gpu, value: h100}]", "tainted").empty());
  CHECK(lacks("tolerations: [{key: gpu, value: a100}]", "tainted") == "taint gpu=h100:NoSchedule");
  CHECK(lacks("nodeSelector: {zone: a}", "free").empty());
  CHECK(lacks("nodeSelector: {zone: b}", "free") == "no label zone=b");
  CHECK(lacks("nodeSelector: {rack: '1'}", "free") == "no label rack=1");
  CHECK(lacks("nodeName: free", "free").empty());
  CHECK(lacks("nodeName: free", "avoided") == "the pod is for node free");
}

TEST_CASE("nodes that lack the same are told together, the nearest first") {
  std::vector<Node> nodes = {NodeWith("good", "pods: '9', x/gpu1: '1', x/gpu2: '1'")};
  for (int i = 1; i <= 900; ++i) nodes.push_back(NodeWith("cpu-" + std::to_string(i), "pods: '9'"));
  for (int i = 1; i <= 3; ++i) {
    nodes.push_back(
        Using(NodeWith("busy-" + std::to_string(i), "pods: '9', x/gpu1: '4', x/gpu2: '4'"),
              {{"x/gpu1", 4}}));
  }
  const auto groups = FitNodes(NeedsOf(kTwoRails), nodes).Groups();
  REQUIRE(groups.size() == 2);
  CHECK(groups[0].lacks == std::vector<std::string>{"x/gpu1: 0 free of 4"});
  CHECK(groups[0].nodes == std::vector<std::string>{"busy-1", "busy-2", "busy-3"});
  CHECK(groups[1].lacks == std::vector<std::string>{"no x/gpu1", "no x/gpu2"});
  CHECK(groups[1].nodes.size() == 900);
  CHECK(groups[1].nodes[9] == "cpu-10");
}

TEST_CASE("where nodes of a group differ in numbers, the most that is free is told") {
  const std::vector<Node> nodes = {Using(NodeWith("n1", "pods: '9', x/vf: '8'"), {{"x/vf", 8}}),
                                   Using(NodeWith("n2", "pods: '9', x/vf: '8'"), {{"x/vf", 5}}),
                                   Using(NodeWith("n3", "pods: '9', x/vf: '4'"), {{"x/vf", 2}})};
  const auto groups =
      FitNodes(NeedsOf("containers: [{resources: {requests: {x/vf: 4}}}]"), nodes).Groups();
  REQUIRE(groups.size() == 1);
  CHECK(groups[0].lacks == std::vector<std::string>{"x/vf: at most 3 free"});
}

TEST_CASE("supplies: who has a resource at all, who has enough, and what all have together") {
  const std::vector<Node> nodes = {Using(NodeWith("n1", "pods: '9', x/gpu1: '8'"), {{"x/gpu1", 7}}),
                                   Using(NodeWith("n2", "pods: '9', x/gpu1: '8'"), {{"x/gpu1", 8}}),
                                   NodeWith("n3", "pods: '9'")};
  const NodeFit fit = FitNodes(NeedsOf(kTwoRails), nodes);
  REQUIRE(fit.supplies.size() == 3);  // pods, x/gpu1, x/gpu2
  const ResourceSupply& gpu1 = fit.supplies[1];
  CHECK(gpu1.resource == "x/gpu1");
  CHECK(gpu1.asked == 1);
  CHECK(gpu1.offering == 2);
  CHECK(gpu1.enough == 1);
  CHECK(gpu1.free == 1);
  CHECK(gpu1.allocatable == 16);
  CHECK(fit.Unoffered() == std::vector<std::string>{"x/gpu2"});
}

TEST_CASE("without nodes none fits, and nothing is offered") {
  const std::vector<Node> none;
  const NodeFit fit = FitNodes(NeedsOf(kTwoRails), none);
  CHECK(fit.Fitting().empty());
  CHECK(fit.Groups().empty());
  CHECK(fit.Unoffered() == std::vector<std::string>{"pods", "x/gpu1", "x/gpu2"});
}

TEST_CASE("a node that can't be read offers nothing") {
  const Node node = ReadNode(From("{metadata: {name: n}, status: {allocatable: {x/a: much}}}"));
  CHECK(node.Free("x/a") == 0);
  CHECK(ReadNode(From("{metadata: {name: n}, spec: {taints: none}, status: []}")).taints.empty());
}

}  // namespace
}  // namespace railhook

#include "webhook/inject/select_rails.h"

#include "base/text.h"
#include "tests/webhook/inject/yaml_fixture.h"

namespace railhook {
namespace {

// Rails a1, a2 (class a), b1 (class b), both (classes a and b), broken (class broken), plain
// (network class plain), and NADs of team-a and team-b in class a.
constexpr std::string_view kRails = R"(
apiVersion: v1
kind: List
items:
  - apiVersion: spiderpool.spidernet.io/v2beta1
    kind: SpiderMultusConfig
    metadata: {name: a1, namespace: rails, annotations: {cni.spidernet.io/rdma-resource-inject: a}}
    spec: {cniType: sriov, sriov: {resourceName: x/r1, ippools: {ipv4: [p]}}}
  - apiVersion: spiderpool.spidernet.io/v2beta1
    kind: SpiderMultusConfig
    metadata: {name: a2, namespace: rails, annotations: {cni.spidernet.io/rdma-resource-inject: a}}
    spec: {cniType: sriov, sriov: {resourceName: x/r10, ippools: {ipv4: [p]}}}
  - apiVersion: spiderpool.spidernet.io/v2beta1
    kind: SpiderMultusConfig
    metadata: {name: b1, namespace: rails, annotations: {cni.spidernet.io/rdma-resource-inject: b}}
    spec: {cniType: sriov, sriov: {resourceName: x/r2, ippools: {ipv4: [p]}}}
  - apiVersion: spiderpool.spidernet.io/v2beta1
    kind: SpiderMultusConfig
    metadata: {name: both, namespace: rails, annotations: {cni.spidernet.io/rdma-resource-inject: "b,a"}}
    spec: {cniType: sriov, sriov: {resourceName: x/r3, ippools: {ipv4: [p]}}}
  - apiVersion: spiderpool.spidernet.io/v2beta1
    kind: SpiderMultusConfig
    metadata: {name: no-pool, namespace: rails, annotations: {cni.spidernet.io/rdma-resource-inject: broken}}
    spec: {cniType: sriov, sriov: {resourceName: x/r4}}
  - apiVersion: spiderpool.spidernet.io/v2beta1
    kind: SpiderMultusConfig
    metadata: {name: no-resource, namespace: rails, annotations: {cni.spidernet.io/rdma-resource-inject: broken}}
    spec: {cniType: macvlan, macvlan: {master: [eth1], ippools: {ipv4: [p]}}}
  - apiVersion: spiderpool.spidernet.io/v2beta1
    kind: SpiderMultusConfig
    metadata: {name: fine, namespace: rails, annotations: {cni.spidernet.io/rdma-resource-inject: broken}}
    spec: {cniType: sriov, sriov: {resourceName: x/r5, ippools: {ipv4: [p]}}}
  - apiVersion: spiderpool.spidernet.io/v2beta1
    kind: SpiderMultusConfig
    metadata: {name: plain, namespace: rails, annotations: {cni.spidernet.io/network-resource-inject: plain}}
    spec: {cniType: macvlan, macvlan: {master: [eth1]}}
  - apiVersion: spiderpool.spidernet.io/v2beta1
    kind: SpiderMultusConfig
    metadata: {name: going, namespace: rails, deletionTimestamp: "2026-01-01T00:00:00Z", annotations: {cni.spidernet.io/rdma-resource-inject: "going,b"}}
    spec: {cniType: sriov, sriov: {resourceName: x/r6, ippools: {ipv4: [p]}}}
  - apiVersion: k8s.cni.cncf.io/v1
    kind: NetworkAttachmentDefinition
    metadata: {name: own, namespace: team-b, annotations: {cni.spidernet.io/rdma-resource-inject: "a,tenant", k8s.v1.cni.cncf.io/resourceName: x/own}}
    spec: {config: '{"type":"host-device"}'}
)";

struct Question {
  std::string_view classes;
  std::string_view key = "cni.spidernet.io/rdma-resource-inject";
  std::string_view name_space = "team-a";
  std::string_view config = "";
  std::string_view expect = "";  // railhook.io/expect-rails
  Asker asker = Asker::kPod;
};

// The rails with blanks between them, or the message.
std::string Select(const Question& question) {
  const RailIndex index = IndexFrom(kRails);
  const StringMap asking = {{std::string(question.key), std::string(question.classes)}};
  const bool by_pod = question.asker == Asker::kPod;
  const auto request =
      FindRailRequest(by_pod ? asking : StringMap{}, by_pod ? StringMap{} : asking);
  REQUIRE(request);
  Pod pod;
  if (!question.expect.empty()) pod.annotations.emplace(kExpectRailsAnnotation, question.expect);
  const auto rails =
      SelectRails(*request, pod, question.name_space, index, ConfigFrom(question.config));
  if (!rails) return ErrorOf(rails);
  std::vector<std::string> ids;
  for (const Rail* rail : *rails) ids.push_back(rail->Id());
  return Join(ids, " ");
}

constexpr std::string_view kNetworkKey = "cni.spidernet.io/network-resource-inject";

TEST_CASE("the rails of the classes, each once, in their order") {
  const struct {
    std::string_view name;
    Question question;
    std::string_view want;
  } cases[] = {
      {"one class", {.classes = "a"}, "rails/a1 rails/both rails/a2"},
      {"two classes, sorted together", {.classes = "a,b"}, "rails/a1 rails/b1 rails/both rails/a2"},
      {"in whatever order they are asked",
       {.classes = "b,a"},
       "rails/a1 rails/b1 rails/both rails/a2"},
      {"one that is being deleted does not count", {.classes = "b"}, "rails/b1 rails/both"},
      {"a NAD serves its own namespace",
       {.classes = "a", .name_space = "team-b"},
       "team-b/own rails/a1 rails/both rails/a2"},
      {"or all, where its namespace is listed",
       {.classes = "tenant", .config = "railNamespaces: [team-b]"},
       "team-b/own"},
      {"then SMCs elsewhere don't",
       {.classes = "a", .config = "railNamespaces: [team-b]"},
       "team-b/own"},
      {"the network key needs neither resource nor pool",
       {.classes = "plain", .key = kNetworkKey},
       "rails/plain"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    CHECK(Select(c.question) == c.want);
  }
}

TEST_CASE("an unknown class is named with key, value, the nearest ones and how to list them") {
  const struct {
    std::string_view name;
    Question question;
    std::vector<std::string_view> mentions;
  } cases[] = {
      {"a typo",
       {.classes = "brokn"},
       {"\"brokn\"", "rdma-resource-inject=\"brokn\"", "\"broken\"", "railhook rails"}},
      {"one of several", {.classes = "a,brokn"}, {"\"brokn\"", "=\"a,brokn\"", "\"broken\""}},
      {"nothing near", {.classes = "zzzzzzzz"}, {"\"zzzzzzzz\"", "known: "}},
      {"of the other key", {.classes = "plain"}, {"\"plain\"", "network-resource-inject"}},
      {"all rails being deleted", {.classes = "going"}, {"\"going\"", "rails/going", "deleted"}},
      {"out of reach",
       {.classes = "tenant"},
       {"\"tenant\"", "team-b/own", "\"team-a\"", "railNamespaces"}},
      {"from the namespace",
       {.classes = "brokn", .asker = Asker::kNamespace},
       {"namespace \"team-a\"", "opts out", "\"none\""}},
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    const std::string message = Select(c.question);
    CAPTURE(message);
    CHECK(message.starts_with("unknown class"));
    for (const auto mention : c.mentions) CHECK(Mentions(message, mention));
  }
}

TEST_CASE("a pod that asked itself is not told how to opt out") {
  CHECK_FALSE(Mentions(Select({.classes = "brokn"}), "opts out"));
}

TEST_CASE("where no class exists at all the message says so") {
  const auto request = FindRailRequest({{"cni.spidernet.io/rdma-resource-inject", "a"}}, {});
  const auto rails =
      SelectRails(*request, Pod(), "team-a", RailIndex(ClusterObjects()), InjectConfig());
  CHECK(Mentions(ErrorOf(rails), "no class exists"));
}

TEST_CASE("none beside classes denies") {
  for (const std::string_view classes : {"a,none", "none,a", "none,unknown"}) {
    const std::string message = Select({.classes = classes});
    CAPTURE(message);
    CHECK(Mentions(message, "\"none\""));
    CHECK(Mentions(message, classes));
  }
}

TEST_CASE("every bad rail of the class is named, and what to write; the good ones are not") {
  const std::string message = Select({.classes = "broken"});
  CAPTURE(message);
  CHECK(Mentions(message, "2 rails"));
  CHECK(Mentions(message, "SpiderMultusConfig rails/no-pool: spec.sriov.ippools"));
  CHECK(Mentions(message, "SpiderMultusConfig rails/no-resource: spec.macvlan.rdmaResourceName"));
  CHECK_FALSE(Mentions(message, "rails/fine"));
}

TEST_CASE("expected numbers of rails") {
  const struct {
    std::string_view name;
    Question question;
    bool accepted;
    std::vector<std::string_view> mentions;
  } cases[] = {
      {"the pod's is met", {.classes = "a", .expect = "3"}, true, {}},
      {"blanks around", {.classes = "a", .expect = " 3\n"}, true, {}},
      {"the pod's is not met",
       {.classes = "a", .expect = "8"},
       false,
       {"8 rails", "3", "rails/a1", "rails/both", "rails/a2", "expect-rails"}},
      {"too many", {.classes = "a", .expect = "1"}, false, {"1 rail,", "3"}},
      {"of the union", {.classes = "a,b", .expect = "4"}, true, {}},
      {"of the union, not met", {.classes = "a,b", .expect = "3"}, false, {"3 rails", "4"}},
      {"the class's is met",
       {.classes = "a", .config = "classes: {a: {expectRails: 3}}"},
       true,
       {}},
      {"the class's is not met",
       {.classes = "a", .config = "classes: {a: {expectRails: 8}}"},
       false,
       {"class \"a\"", "8 rails", "3", "rails/both"}},
      {"each class for itself",
       {.classes = "a,b", .config = "classes: {a: {expectRails: 3}, b: {expectRails: 2}}"},
       true,
       {}},
      {"another class's does not count",
       {.classes = "b", .config = "classes: {a: {expectRails: 8}}"},
       true,
       {}},
      {"no number", {.classes = "a", .expect = "three"}, false, {"\"three\"", "number"}},
      {"a negative one", {.classes = "a", .expect = "-3"}, false, {"\"-3\"", "number"}},
      {"a fraction", {.classes = "a", .expect = "3.0"}, false, {"\"3.0\"", "number"}},
      {"beyond all bounds",
       {.classes = "a", .expect = "99999999999999999999"},
       false,
       {"99999999999999999999"}},
      {"zero", {.classes = "a", .expect = "0"}, false, {"0 rails", "3"}},
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    const std::string answer = Select(c.question);
    CAPTURE(answer);
    CHECK(answer.starts_with("rails/") == c.accepted);
    for (const auto mention : c.mentions) CHECK(Mentions(answer, mention));
  }
}

TEST_CASE("an empty expect-rails is no number") {
  Pod pod;
  pod.annotations.emplace(kExpectRailsAnnotation, "");
  const auto request = FindRailRequest({{"cni.spidernet.io/rdma-resource-inject", "a"}}, {});
  const RailIndex index = IndexFrom(kRails);
  CHECK(Mentions(ErrorOf(SelectRails(*request, pod, "team-a", index, InjectConfig())), "number"));
}

TEST_CASE("two objects that make one network are both named, once each") {
  constexpr std::string_view kClash = R"(
apiVersion: spiderpool.spidernet.io/v2beta1
kind: SpiderMultusConfig
metadata: {name: one, namespace: rails, annotations: {cni.spidernet.io/rdma-resource-inject: "a,b", multus.spidernet.io/cr-name: net}}
spec: {cniType: sriov, sriov: {resourceName: x/r1, ippools: {ipv4: [p]}}}
---
apiVersion: spiderpool.spidernet.io/v2beta1
kind: SpiderMultusConfig
metadata: {name: two, namespace: rails, annotations: {cni.spidernet.io/rdma-resource-inject: "a,b", multus.spidernet.io/cr-name: net}}
spec: {cniType: sriov, sriov: {resourceName: x/r1, ippools: {ipv4: [p]}}}
)";
  const RailIndex index = IndexFrom(kClash);
  const auto request = FindRailRequest({{"cni.spidernet.io/rdma-resource-inject", "a,b"}}, {});
  const std::string message =
      ErrorOf(SelectRails(*request, Pod(), "team-a", index, InjectConfig()));
  CAPTURE(message);
  CHECK(Mentions(message, "2 rails"));
  CHECK(Mentions(message, "rails/one"));
  CHECK(Mentions(message, "rails/two"));
}

}  // namespace
}  // namespace railhook

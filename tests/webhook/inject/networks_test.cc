#include "webhook/inject/networks.h"

#include "base/text.h"
#include "tests/webhook/inject/yaml_fixture.h"
#include "webhook/admission/response.h"

namespace railhook {
namespace {

// "ns/name" of each, with all else that an element says: ns/name{"name":...}
std::string Show(const Result<std::vector<NetworkSelection>>& networks) {
  if (!networks) return "malformed";
  std::vector<std::string> shown;
  for (const NetworkSelection& network : *networks) {
    shown.push_back(network.name_space + '/' + network.name + (network.plain ? "" : network.json));
  }
  return Join(shown, " ");
}

TEST_CASE("ParseNetworks: both forms of the annotation") {
  const struct {
    std::string_view value;
    std::string_view want;
  } cases[] = {
      {"", ""},
      {" \n ", ""},
      {"[]", ""},
      {" [ ] ", ""},
      {"a", "team/a"},
      {"ns/a", "ns/a"},
      {" ns/a , b ", "ns/a team/b"},
      {"a,a", "team/a team/a"},
      {"ns/a@net1", R"(ns/a{"name":"a","namespace":"ns","interface":"net1"})"},
      {"a@net1", R"(team/a{"name":"a","interface":"net1"})"},
      {R"([{"name":"a"}])", "team/a"},
      {R"([{"name":"a","namespace":"ns"}])", "ns/a"},
      {R"([{"namespace":"ns","name":"a"}])", "ns/a"},
      {"\n[ { \"name\" : \"a\" } ,\n{\"name\":\"b\"} ]\n", "team/a team/b"},
      {R"([{"name":"a","namespace":""}])", R"(team/a{"name":"a","namespace":""})"},
      {R"([{"name":"a","mac":"02:00:00:00:00:01","x":[1,null]}])",
       R"(team/a{"name":"a","mac":"02:00:00:00:00:01","x":[1,null]})"},
      {R"([{"name":"a","n":18446744073709551615}])",
       R"(team/a{"name":"a","n":18446744073709551615})"},
      {R"([{"name":"a","interface":"网"}])", R"(team/a{"name":"a","interface":"网"})"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.value);
    CHECK(Show(ParseNetworks(c.value, "team")) == c.want);
  }
}

TEST_CASE("ParseNetworks: what is malformed, and why") {
  const struct {
    std::string_view value;
    std::string_view mentions;
  } cases[] = {
      {",", "name"},
      {"a,", "name"},
      {"a,,b", "name"},
      {"/a", "\"/a\""},
      {"ns/", "\"ns/\""},
      {"a/b/c", "\"a/b/c\""},
      {"a@", "\"a@\""},
      {"@net1", "\"@net1\""},
      {"a b", "\"a b\""},
      {"[", "line 1"},
      {R"([{"name":"a"})", "line 1"},
      {R"({"name":"a"})", "list"},
      {R"("a")", "list"},
      {R"(["a"])", "\"a\""},
      {"[null]", "null"},
      {"[{}]", "name"},
      {R"([{"name":""}])", "name"},
      {R"([{"name":5}])", "name"},
      {R"([{"name":"a"},{"namespace":"b"}])", "name"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.value);
    const std::string message = ErrorOf(ParseNetworks(c.value, "team"));
    CAPTURE(message);
    CHECK(Mentions(message, c.mentions));
  }
}

TEST_CASE("ParseNetworks: nesting that would overflow the stack is malformed") {
  CHECK(ErrorOf(ParseNetworks(std::string(100'000, '['), "team")) != "");
}

// The cluster: rails r1 and r2 (exclusive), a shared network, an own exclusive one and one in
// kube-system.
constexpr std::string_view kNetworks = R"(
apiVersion: v1
kind: List
items:
  - apiVersion: spiderpool.spidernet.io/v2beta1
    kind: SpiderMultusConfig
    metadata: {name: r1, namespace: rails}
    spec: {cniType: sriov, sriov: {resourceName: x/r1, ippools: {ipv4: [p]}}}
  - apiVersion: spiderpool.spidernet.io/v2beta1
    kind: SpiderMultusConfig
    metadata: {name: r2, namespace: rails}
    spec: {cniType: sriov, sriov: {resourceName: x/r2, ippools: {ipv4: [p]}}}
  - apiVersion: k8s.cni.cncf.io/v1
    kind: NetworkAttachmentDefinition
    metadata: {name: own, namespace: team, annotations: {k8s.v1.cni.cncf.io/resourceName: x/own}}
    spec: {config: '{"type":"host-device"}'}
  - apiVersion: k8s.cni.cncf.io/v1
    kind: NetworkAttachmentDefinition
    metadata: {name: base, namespace: kube-system, annotations: {k8s.v1.cni.cncf.io/resourceName: x/base}}
    spec: {config: '{"type":"sriov"}'}
)";

constexpr std::string_view kR1 = R"({"name":"r1","namespace":"rails"})";
constexpr std::string_view kR2 = R"({"name":"r2","namespace":"rails"})";

std::string ListOf(std::initializer_list<std::string_view> elements) {
  std::vector<std::string> all(elements.begin(), elements.end());
  return '[' + Join(all, ",") + ']';
}

struct Planned {
  std::string annotation;  // or "denied"
  std::string attached;    // names
  std::vector<std::string> warnings;
  std::string message;
};

Planned PlanFor(const StringMap& annotations, ExistingNetworks mode = ExistingNetworks::kReplace) {
  const RailIndex index = IndexFrom(kNetworks);
  Pod pod;
  pod.annotations = annotations;
  const std::vector<const Rail*> rails = {index.FindNetwork("rails", "r1"),
                                          index.FindNetwork("rails", "r2")};
  const auto plan = PlanNetworks(pod, "team", rails, index, mode);
  if (!plan) return {"denied", "", {}, ErrorOf(plan)};
  std::vector<std::string> names;
  for (const Rail* network : plan->attachments) names.push_back(network->name);
  return {plan->annotation, Join(names, " "), plan->warnings, ""};
}

Planned PlanOwn(std::string_view own, ExistingNetworks mode) {
  return PlanFor({{std::string(kNetworksAnnotation), std::string(own)}}, mode);
}

TEST_CASE("PlanNetworks: the rails as a compact list, in order") {
  const Planned plan = PlanFor({});
  CHECK(plan.annotation == ListOf({kR1, kR2}));
  CHECK(plan.attached == "r1 r2");
  CHECK(plan.warnings.empty());
}

TEST_CASE("PlanNetworks, replace: own networks go, with a warning that shows them") {
  const struct {
    std::string_view own;
    bool warns;
  } cases[] = {
      {"", false},
      {" ", false},
      {"[]", false},
      {"rails/r1,rails/r2", false},
      {"rails/r2 , rails/r1", false},
      {R"([ {"namespace":"rails","name":"r2"}, {"name":"r1","namespace":"rails"} ])", false},
      {"own", true},
      {"rails/r1", true},
      {"rails/r1,rails/r2,own", true},
      {"rails/r1,rails/r1", true},
      {"rails/r1,rails/r2@net9", true},
      {R"([{"name":"r1","namespace":"rails","mac":"02:00:00:00:00:01"},{"name":"r2","namespace":"rails"}])",
       true},
      {"r1,r2", true},
      {"[{", true},
      {"a b", true},
  };
  for (const auto& c : cases) {
    CAPTURE(c.own);
    const Planned plan = PlanOwn(c.own, ExistingNetworks::kReplace);
    CHECK(plan.annotation == ListOf({kR1, kR2}));
    CHECK(plan.attached == "r1 r2");
    REQUIRE(plan.warnings.size() == (c.warns ? 1 : 0));
    if (c.warns) CHECK(Mentions(plan.warnings[0], c.own.substr(0, 10)));
  }
}

TEST_CASE("PlanNetworks, replace: a long list is shown in part, on one line") {
  const Planned plan =
      PlanOwn("own,\n" + std::string(5000, 'x') + "网", ExistingNetworks::kReplace);
  REQUIRE(plan.warnings.size() == 1);
  CHECK(plan.warnings[0].size() <= kMaxWarning);
  CHECK_FALSE(Mentions(plan.warnings[0], "\n"));
}

TEST_CASE(
    "PlanNetworks, merge: own networks first, with all their fields; rails among them stay there") {
  const struct {
    std::string_view own;
    std::string want;
    std::string_view attached;
  } cases[] = {
      {"", ListOf({kR1, kR2}), "r1 r2"},
      {"own", ListOf({R"({"name":"own"})", kR1, kR2}), "own r1 r2"},
      {"own,own", ListOf({R"({"name":"own"})", R"({"name":"own"})", kR1, kR2}), "own own r1 r2"},
      {"nobody/knows", ListOf({R"({"name":"knows","namespace":"nobody"})", kR1, kR2}), "r1 r2"},
      {"rails/r2", ListOf({kR2, kR1}), "r2 r1"},
      {"rails/r2,own,rails/r1", ListOf({kR2, R"({"name":"own"})", kR1}), "r2 own r1"},
      {"rails/r1,rails/r1", ListOf({kR1, kR1, kR2}), "r1 r1 r2"},
      {"rails/r1@ib0", ListOf({R"({"name":"r1","namespace":"rails","interface":"ib0"})", kR2}),
       "r1 r2"},
      {"r1", ListOf({R"({"name":"r1"})", kR1, kR2}), "r1 r2"},  // team/r1 is no rail
      {R"([{"x":{"b":1,"a":2},"name":"own"}])",
       ListOf({R"({"x":{"b":1,"a":2},"name":"own"})", kR1, kR2}), "own r1 r2"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.own);
    const Planned plan = PlanOwn(c.own, ExistingNetworks::kMerge);
    CHECK(plan.annotation == c.want);
    CHECK(plan.attached == c.attached);
    CHECK(plan.warnings.empty());
  }
}

TEST_CASE("PlanNetworks, merge: a malformed list denies and says what is wrong") {
  for (const std::string_view own : {"[{", "a b", R"([{"namespace":"x"}])", "{}"}) {
    CAPTURE(own);
    const Planned plan = PlanOwn(own, ExistingNetworks::kMerge);
    CHECK(plan.annotation == "denied");
    CHECK(Mentions(plan.message, kNetworksAnnotation));
    CHECK(Mentions(plan.message, own));
  }
}

TEST_CASE("PlanNetworks, deny: only what is just the rails passes") {
  for (const std::string_view own : {"", "[]", "rails/r2,rails/r1"}) {
    CAPTURE(own);
    CHECK(PlanOwn(own, ExistingNetworks::kDeny).annotation == ListOf({kR1, kR2}));
  }
  for (const std::string_view own :
       {"own", "rails/r1", "rails/r1@net1,rails/r2", "[{", "rails/r1,rails/r2,own"}) {
    CAPTURE(own);
    const Planned plan = PlanOwn(own, ExistingNetworks::kDeny);
    CHECK(plan.annotation == "denied");
    CHECK(Mentions(plan.message, own));
  }
}

TEST_CASE("PlanNetworks: the pod chooses the mode, unless the configuration denies") {
  const auto plan = [](std::string_view asked, ExistingNetworks configured) {
    return PlanFor({{std::string(kNetworksAnnotation), "own"},
                    {std::string(kExistingNetworksAnnotation), std::string(asked)}},
                   configured);
  };
  CHECK(plan("merge", ExistingNetworks::kReplace).attached == "own r1 r2");
  CHECK(plan("replace", ExistingNetworks::kMerge).attached == "r1 r2");
  CHECK(plan("deny", ExistingNetworks::kMerge).annotation == "denied");
  CHECK(plan("merge", ExistingNetworks::kDeny).annotation == "denied");
  for (const std::string_view other : {"", "Merge", "keep", " merge"}) {
    CAPTURE(other);
    const Planned refused = plan(other, ExistingNetworks::kReplace);
    CHECK(refused.annotation == "denied");
    CHECK(Mentions(refused.message, "railhook.io/existing-networks"));
    CHECK(Mentions(refused.message, Quoted(other)));
    CHECK(Mentions(refused.message, "replace, merge or deny"));
  }
}

TEST_CASE("PlanNetworks: a wrong mode denies even where there are no own networks") {
  CHECK(PlanFor({{std::string(kExistingNetworksAnnotation), "often"}}).annotation == "denied");
}

TEST_CASE("PlanNetworks: the default network stays, and counts") {
  const struct {
    std::string_view value;
    std::string_view attached;
  } cases[] = {
      {"base", "r1 r2 base"},
      {"kube-system/base", "r1 r2 base"},
      {R"([{"name":"base"}])", "r1 r2 base"},
      {"team/own", "r1 r2 own"},
      {"own", "r1 r2"},
      {"rails/r1", "r1 r2 r1"},
      {"nobody/knows", "r1 r2"},
      {"[{", "r1 r2"},
      {"", "r1 r2"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.value);
    const Planned plan = PlanFor({{std::string(kDefaultNetworkAnnotation), std::string(c.value)}});
    CHECK(plan.annotation == ListOf({kR1, kR2}));
    CHECK(plan.attached == c.attached);
  }
}

}  // namespace
}  // namespace railhook

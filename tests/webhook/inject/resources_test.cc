#include "webhook/inject/resources.h"

#include "base/text.h"
#include "tests/webhook/inject/yaml_fixture.h"

namespace railhook {
namespace {

Rail RailWith(std::string resource, bool exclusive) {
  Rail rail;
  rail.resource = std::move(resource);
  rail.exclusive = exclusive;
  return rail;
}

TEST_CASE("CountNeeds: one for each exclusive attachment, one in all for shared ones") {
  const Rail exclusive = RailWith("x/a", true), other = RailWith("x/b", true);
  const Rail shared = RailWith("x/a", false), alone = RailWith("x/s", false),
             none = RailWith("", true), odd = RailWith("no domain", true);
  const struct {
    std::string_view name;
    std::vector<const Rail*> attachments;
    ResourceCounts want;
  } cases[] = {
      {"nothing", {}, {}},
      {"no resource", {&none, &none}, {}},
      {"a name that no node can offer", {&odd, &exclusive}, {{"x/a", 1}}},
      {"one exclusive", {&exclusive}, {{"x/a", 1}}},
      {"the same network twice", {&exclusive, &exclusive}, {{"x/a", 2}}},
      {"shared ones", {&alone, &alone, &alone}, {{"x/s", 1}}},
      {"shared beside exclusive need nothing more", {&shared, &exclusive, &shared}, {{"x/a", 1}}},
      {"resources count apart",
       {&exclusive, &other, &alone, &none},
       {{"x/a", 1}, {"x/b", 1}, {"x/s", 1}}},
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    CHECK(CountNeeds(c.attachments) == c.want);
  }
}

// "c0 x/a limit 2 request 2; ..." or the message.
std::string Plan(std::string_view containers, const ResourceCounts& needs, std::size_t target = 0) {
  const Pod pod = PodFrom("spec:\n" + std::string(containers));
  const auto plan = PlanResources(pod, needs, pod.containers[target]);
  if (!plan) return ErrorOf(plan);
  std::vector<std::string> settings;
  for (const ResourceSetting& setting : *plan) {
    std::string text = setting.container->name + ' ' + setting.resource;
    if (!setting.limit.empty()) text += " limit " + setting.limit;
    if (!setting.request.empty()) text += " request " + setting.request;
    settings.push_back(text);
  }
  return Join(settings, "; ");
}

TEST_CASE("PlanResources: who asks for what is missing") {
  const struct {
    std::string_view name;
    std::string_view containers;
    ResourceCounts needs;
    std::size_t target;
    std::string_view want;
  } cases[] = {
      {"nothing is needed", "  containers: [{name: c0}]", {}, 0, ""},
      {"the target",
       "  containers: [{name: c0}, {name: c1}]",
       {{"x/a", 2}},
       1,
       "c1 x/a limit 2 request 2"},
      {"by resource, in order",
       "  containers: [{name: c0}]",
       {{"x/b", 1}, {"x/a", 3}},
       0,
       "c0 x/a limit 3 request 3; c0 x/b limit 1 request 1"},
      {"enough already",
       "  containers: [{name: c0, resources: {limits: {x/a: 2}, requests: {x/a: 2}}}]",
       {{"x/a", 2}},
       0,
       ""},
      {"more than enough stays",
       "  containers: [{name: c0, resources: {limits: {x/a: 9}, requests: {x/a: 9}}}]",
       {{"x/a", 2}},
       0,
       ""},
      {"the difference goes to who has some",
       "  containers: [{name: c0}, {name: c1, resources: {limits: {x/a: 1}, requests: {x/a: 1}}}]",
       {{"x/a", 4}},
       0,
       "c1 x/a limit 4 request 4"},
      {"to the first that has some",
       "  containers: [{name: c0}, {name: c1, resources: {limits: {x/a: 1}, requests: {x/a: 1}}}, "
       "{name: c2, resources: {limits: {x/a: 2}, requests: {x/a: 2}}}]",
       {{"x/a", 4}},
       0,
       "c1 x/a limit 2 request 2"},
      {"zero is none",
       "  containers: [{name: c0}, {name: c1, resources: {limits: {x/a: 0}}}]",
       {{"x/a", 1}},
       0,
       "c0 x/a limit 1 request 1"},
      {"zero in the target is replaced",
       "  containers: [{name: c0, resources: {limits: {x/a: \"0\"}}}]",
       {{"x/a", 1}},
       0,
       "c0 x/a limit 1 request 1"},
      {"a limit without its request",
       "  containers: [{name: c0, resources: {limits: {x/a: 1}}}]",
       {{"x/a", 1}},
       0,
       "c0 x/a request 1"},
      {"a request without its limit",
       "  containers: [{name: c0, resources: {requests: {x/a: 1}}}]",
       {{"x/a", 1}},
       0,
       "c0 x/a limit 1"},
      {"in the form that is there",
       "  containers: [{name: c0, resources: {requests: {x/a: 1e0}}}]",
       {{"x/a", 1}},
       0,
       "c0 x/a limit 1.0"},
      {"in every container",
       "  containers: [{name: c0, resources: {limits: {x/a: 1}}}, {name: c1, resources: {requests: "
       "{x/a: 1}}}]",
       {{"x/a", 3}},
       0,
       "c1 x/a limit 1; c0 x/a limit 2 request 2"},
      {"a native sidecar's count",
       "  containers: [{name: c0}]\n  initContainers: [{name: s, restartPolicy: Always, resources: "
       "{limits: {x/a: 2}, requests: {x/a: 2}}}]",
       {{"x/a", 2}},
       0,
       ""},
      {"but it is not given more",
       "  containers: [{name: c0}]\n  initContainers: [{name: s, restartPolicy: Always, resources: "
       "{limits: {x/a: 1}}}]",
       {{"x/a", 3}},
       0,
       "s x/a request 1; c0 x/a limit 2 request 2"},
      {"an init container's don't count",
       "  containers: [{name: c0}]\n  initContainers: [{name: i, resources: {limits: {x/a: 2}}}]",
       {{"x/a", 2}},
       0,
       "c0 x/a limit 2 request 2"},
      {"suffixes",
       "  containers: [{name: c0, resources: {limits: {x/a: 1k}, requests: {x/a: 1k}}}]",
       {{"x/a", 1001}},
       0,
       "c0 x/a limit 1001 request 1001"},
      {"milli units that are whole",
       "  containers: [{name: c0, resources: {limits: {x/a: 2000m}, requests: {x/a: 2}}}]",
       {{"x/a", 2}},
       0,
       ""},
      {"the most that there is",
       "  containers: [{name: c0, resources: {limits: {x/a: 9223372036854775807}, requests: {x/a: "
       "9223372036854775807}}}, {name: c1, resources: {limits: {x/a: 9223372036854775807}, "
       "requests: {x/a: 1}}}]",
       {{"x/a", 8}},
       0,
       ""},
      {"limits beat requests",
       "  containers: [{name: c0, resources: {limits: {x/a: 1}, requests: {x/a: 5}}}]",
       {{"x/a", 2}},
       0,
       "c0 x/a limit 2 request 2"},
      {"other resources are nobody's business",
       "  containers: [{name: c0, resources: {limits: {x/b: nonsense}}}]",
       {{"x/a", 1}},
       0,
       "c0 x/a limit 1 request 1"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    CHECK(Plan(c.containers, c.needs, c.target) == c.want);
  }
}

TEST_CASE("PlanResources: what is no count is refused with container, resource and value") {
  for (const std::string_view value :
       {"\"1.5\"", "500m", "-1", "x", "\"\"", "true", "9223372036854775808", "1e30", "[1]"}) {
    CAPTURE(value);
    const std::string containers =
        "  containers: [{name: train, resources: {limits: {x/a: " + std::string(value) + "}}}]";
    const std::string message = Plan(containers, {{"x/a", 1}});
    CAPTURE(message);
    CHECK(Mentions(message, "\"train\""));
    CHECK(Mentions(message, "x/a"));
    CHECK_FALSE(Mentions(message, "limit 1"));
  }
  const std::string message = Plan(
      "  containers: [{name: c0}]\n  initContainers: [{name: side, restartPolicy: Always, "
      "resources: {requests: {x/a: half}}}]",
      {{"x/a", 1}});
  CHECK(Mentions(message, "\"side\""));
  CHECK(Mentions(message, "half"));
}

}  // namespace
}  // namespace railhook

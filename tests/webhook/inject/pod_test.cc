#include "webhook/inject/pod.h"

#include "tests/webhook/inject/yaml_fixture.h"

namespace railhook {
namespace {

TEST_CASE("a pod with all that counts") {
  const Pod pod = PodFrom(R"(
metadata: {annotations: {a: x, b: ""}}
spec:
  hostNetwork: true
  containers:
    - name: train
      resources: {limits: {x/a: "2"}, requests: {x/a: "1", x/b: 3}, claims: [{name: g}]}
    - name: log
  initContainers:
    - name: setup
      resources: {limits: {x/a: "9"}}
    - {name: proxy, restartPolicy: Always, resources: {requests: {x/c: 1k}}}
    - {name: once, restartPolicy: OnFailure}
)");
  CHECK(pod.annotations == StringMap{{"a", "x"}, {"b", ""}});
  CHECK(*pod.Annotation("b") == "");
  CHECK(pod.Annotation("c") == nullptr);
  CHECK(pod.host_network);
  REQUIRE(pod.containers.size() == 2);
  CHECK(pod.containers[0].name == "train");
  CHECK_FALSE(pod.containers[0].init);
  CHECK(pod.containers[0].has_claims);
  CHECK(*pod.containers[0].Asked("x/a") == "2");
  CHECK(*pod.containers[0].Asked("x/b") == "3");
  CHECK(pod.containers[0].Asked("x/c") == nullptr);
  CHECK(pod.containers[1].position == 1);
  CHECK_FALSE(pod.containers[1].has_claims);
  REQUIRE(pod.sidecars.size() == 1);
  CHECK(pod.sidecars[0].name == "proxy");
  CHECK(pod.sidecars[0].init);
  CHECK(pod.sidecars[0].position == 1);
  CHECK(*pod.sidecars[0].Asked("x/c") == "1k");
  CHECK(pod.init_containers == std::vector<std::string>{"setup", "proxy", "once"});
}

TEST_CASE("missing members and null members are the same") {
  for (const std::string_view yaml :
       {"{}", "{metadata: ~, spec: ~}",
        "{metadata: {annotations: ~}, spec: {containers: ~, initContainers: ~, hostNetwork: ~}}",
        "{metadata: {}, spec: {containers: [], initContainers: []}}"}) {
    CAPTURE(yaml);
    const Pod pod = PodFrom(yaml);
    CHECK(pod.annotations.empty());
    CHECK_FALSE(pod.host_network);
    CHECK(pod.containers.empty());
    CHECK(pod.sidecars.empty());
  }
  const Pod pod = PodFrom(R"(
spec:
  containers:
    - {name: a, resources: ~}
    - {name: b, resources: {limits: ~, requests: ~, claims: ~}}
    - {name: c, resources: {claims: []}}
    - {name: ~}
)");
  REQUIRE(pod.containers.size() == 4);
  for (const Container& container : pod.containers) {
    CHECK(container.limits.empty());
    CHECK(container.requests.empty());
    CHECK_FALSE(container.has_claims);
  }
  CHECK(pod.containers[3].name == "");
}

TEST_CASE("quantities are kept as the pod writes them, null is none") {
  const struct {
    std::string_view json;
    std::string_view want;
  } cases[] = {
      {"\"1\"", "1"},     {"1", "1"},
      {"\"1e3\"", "1e3"}, {"\"\"", ""},
      {"true", "true"},   {"[1]", "[1]"},
      {"1.5", "1.5"},     {"18446744073709551615", "18446744073709551615"},
      {"null", "(none)"}, {"\"16Gi\"", "16Gi"},
      {"-1", "-1"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.json);
    const Pod pod = PodFrom(R"({"spec":{"containers":[{"resources":{"limits":{"x/a":)" +
                            std::string(c.json) + "}}}]}}");
    const std::string* asked = pod.containers[0].Asked("x/a");
    CHECK((asked == nullptr ? "(none)" : *asked) == c.want);
  }
}

TEST_CASE("a limit of null leaves the request") {
  const Pod pod = PodFrom(
      R"({"spec":{"containers":[{"resources":{"limits":{"x/a":null},"requests":{"x/a":"1"}}}]}})");
  REQUIRE(pod.containers[0].Asked("x/a"));
  CHECK(*pod.containers[0].Asked("x/a") == "1");
}

TEST_CASE("a field of the wrong type is named") {
  const struct {
    std::string_view json;
    std::string_view field;
  } cases[] = {
      {"null", "pod"},
      {"[]", "pod"},
      {"\"pod\"", "pod"},
      {R"({"metadata":[]})", "metadata"},
      {R"({"metadata":"x"})", "metadata"},
      {R"({"spec":1})", "spec"},
      {R"({"metadata":{"annotations":[]}})", "metadata.annotations"},
      {R"({"metadata":{"annotations":{"a":1}}})", "metadata.annotations[\"a\"]"},
      {R"({"metadata":{"annotations":{"a":{"b":"c"}}}})", "metadata.annotations[\"a\"]"},
      {R"({"spec":{"containers":{}}})", "spec.containers"},
      {R"({"spec":{"containers":"x"}})", "spec.containers"},
      {R"({"spec":{"containers":[{"name":"a"},null]}})", "spec.containers[1]"},
      {R"({"spec":{"containers":["x"]}})", "spec.containers[0]"},
      {R"({"spec":{"initContainers":{}}})", "spec.initContainers"},
      {R"({"spec":{"initContainers":[5]}})", "spec.initContainers[0]"},
      {R"({"spec":{"containers":[{"resources":[]}]}})", "spec.containers[0].resources"},
      {R"({"spec":{"containers":[{"resources":{"limits":[]}}]}})",
       "spec.containers[0].resources.limits"},
      {R"({"spec":{"initContainers":[{"resources":{"requests":"x"}}]}})",
       "spec.initContainers[0].resources.requests"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.json);
    const auto json = ParseJson(c.json);
    REQUIRE(json);
    const std::string refusal = ErrorOf(ReadPod(*json));
    CAPTURE(refusal);
    CHECK(Mentions(refusal, c.field));
  }
}

TEST_CASE("the head is read without looking at containers") {
  const auto head = ReadPodHead(
      From(R"({"metadata":{"annotations":{"a":"b"}},"spec":{"containers":5,"hostNetwork":true}})"));
  REQUIRE(head);
  CHECK(*head->Annotation("a") == "b");
  CHECK(head->host_network);
  CHECK(head->containers.empty());
}

TEST_CASE("hostNetwork and restartPolicy of another type say nothing") {
  const Pod pod = PodFrom(
      R"({"spec":{"hostNetwork":"true","initContainers":[{"name":"a","restartPolicy":["Always"]}]}})");
  CHECK_FALSE(pod.host_network);
  CHECK(pod.sidecars.empty());
}

}  // namespace
}  // namespace railhook

#include "explain/pod_needs.h"

#include "tests/webhook/inject/yaml_fixture.h"

namespace railhook {
namespace {

// "cpu=1000 pods=1 x/a=2".
std::string Requests(std::string_view yaml) {
  const auto requests = ReadRequests(From(yaml));
  if (!requests) return requests.error().message;
  std::string text;
  for (const auto& [resource, amount] : *requests)
    text += (text.empty() ? "" : " ") + resource + '=' + std::to_string(amount);
  return text;
}

TEST_CASE("ReadRequests counts as the scheduler does") {
  const struct {
    std::string_view name, yaml, want;
  } cases[] = {
      {"nothing but a place", "spec: {containers: [{name: a}]}", "pods=1"},
      {"containers add up",
       "spec: {containers: [{resources: {requests: {x/a: 1, cpu: 500m}}}, {resources: {requests: "
       "{x/a: 2}}}]}",
       "cpu=500 pods=1 x/a=3"},
      {"a limit without a request counts as one",
       "spec: {containers: [{resources: {limits: {x/a: 4}, requests: {cpu: 1}}}]}",
       "cpu=1000 pods=1 x/a=4"},
      {"a request beside a limit is the request",
       "spec: {containers: [{resources: {limits: {cpu: 4}, requests: {cpu: 1}}}]}",
       "cpu=1000 pods=1"},
      {"zero is none", "spec: {containers: [{resources: {requests: {x/a: 0}}}]}", "pods=1"},
      {"an init container counts where it takes more",
       "spec: {containers: [{resources: {requests: {x/a: 2, x/b: 2}}}], initContainers: "
       "[{resources: {requests: {x/a: 5, x/b: 1}}}, {resources: {requests: {x/a: 3}}}]}",
       "pods=1 x/a=5 x/b=2"},
      {"a sidecar stands beside the containers",
       "spec: {containers: [{resources: {requests: {x/a: 2}}}], initContainers: [{restartPolicy: "
       "Always, resources: {requests: {x/a: 1}}}]}",
       "pods=1 x/a=3"},
      {"a sidecar stands beside the init containers behind it",
       "spec: {containers: [{resources: {requests: {x/a: 1}}}], initContainers: [{resources: "
       "{requests: {x/b: 4}}}, {restartPolicy: Always, resources: {requests: {x/a: 2, x/b: 1}}}, "
       "{resources: {requests: {x/a: 6}}}]}",
       "pods=1 x/a=8 x/b=4"},
      {"overhead comes on top",
       "spec: {overhead: {memory: 1Ki}, containers: [{resources: {requests: {memory: 1Ki}}}]}",
       "memory=2048 pods=1"},
      {"the pod's own resources replace the sum",
       "spec: {resources: {requests: {cpu: 3}}, containers: [{resources: {requests: {cpu: 1, x/a: "
       "1}}}]}",
       "cpu=3000 pods=1 x/a=1"},
      {"what is no quantity is named",
       "spec: {containers: [{name: main, resources: {requests: {x/a: half}}}]}",
       "container \"main\" requests, x/a: \"half\" is not a quantity"}};
  for (const auto& c : cases) {
    CAPTURE(c.name);
    CHECK(Requests(c.yaml) == c.want);
  }
}

TEST_CASE("a toleration fits by key, value and effect, where it names them") {
  const Taint taint{"gpu", "yes", "NoSchedule"};
  const struct {
    std::string_view toleration;
    bool want;
  } cases[] = {{"{key: gpu, value: 'yes'}", true},
               {"{key: gpu, operator: Equal, value: 'yes', effect: NoSchedule}", true},
               {"{key: gpu, value: 'no'}", false},
               {"{key: gpu}", false},
               {"{key: gpu, operator: Exists}", true},
               {"{key: gpu, operator: Exists, effect: NoExecute}", false},
               {"{operator: Exists}", true},
               {"{operator: Exists, effect: NoExecute}", false},
               {"{key: other, operator: Exists}", false}};
  for (const auto& c : cases) {
    CAPTURE(c.toleration);
    const auto needs = Value(ReadPodNeeds(
        From("spec: {containers: [], tolerations: [" + std::string(c.toleration) + "]}")));
    CHECK(needs.Tolerates(taint) == c.want);
  }
  CHECK(!Value(ReadPodNeeds(From("spec: {containers: []}"))).Tolerates(taint));
}

TEST_CASE("what else narrows the choice of a node is named, not judged") {
  const auto needs = Value(
      ReadPodNeeds(From("spec: {nodeName: n1, nodeSelector: {a: b}, affinity: {nodeAffinity: {}}, "
                        "topologySpreadConstraints: [], resourceClaims: [{name: r}], volumes: "
                        "[{persistentVolumeClaim: {claimName: c}}]}")));
  CHECK(needs.node_name == "n1");
  CHECK(needs.node_selector == StringMap{{"a", "b"}});
  CHECK(needs.not_judged ==
        std::vector<std::string>{"affinity", "resourceClaims", "volume claims"});
}

}  // namespace
}  // namespace railhook

#include "webhook/inject/extras.h"

#include "base/text.h"
#include "tests/webhook/inject/yaml_fixture.h"

namespace railhook {
namespace {

constexpr std::string_view kConfig = R"(
classes:
  caps: {capabilities: [IPC_LOCK, SYS_RESOURCE]}
  more-caps: {capabilities: [IPC_LOCK, NET_RAW]}
  shm: {shmSize: 16Gi}
  small-shm: {shmSize: 1Gi}
  env: {env: {NCCL_A: "1", NCCL_B: ""}}
  other-env: {env: {NCCL_A: "2"}}
  nodes: {nodeSelector: true}
  plain: {}
)";

struct Given {
  std::string patch;  // or the message
  Json after;
  std::vector<std::string> warnings;
};

Rail RailSelecting(std::string selector) {
  Rail rail;
  rail.name_space = "rails";
  rail.smc = rail.name = "r1";
  rail.rdma_classes = {"nodes"};
  rail.node_selector = std::move(selector);
  return rail;
}

Given GiveTo(const Json& json, const std::string& classes,
             const std::vector<const Rail*>& rails = {}, std::size_t target = 0) {
  const InjectConfig config = ConfigFrom(kConfig);
  const auto request = FindRailRequest({{"cni.spidernet.io/rdma-resource-inject", classes}}, {});
  const Pod pod = Value(ReadPod(json));
  PatchBuilder builder(json);
  const auto warnings = AddExtras(json, *request, rails, pod.containers[target], config, builder);
  if (!warnings) return {ErrorOf(warnings), json, {}};
  const Patch patch = std::move(builder).Build();
  return {patch.ToJson(), Value(patch.Apply(json)), *warnings};
}

Given Give(const std::string& classes, std::string_view yaml,
           const std::vector<const Rail*>& rails = {}, std::size_t target = 0) {
  return GiveTo(From(yaml), classes, rails, target);
}

constexpr std::string_view kBare = "spec: {containers: [{name: a}, {name: b}]}";

TEST_CASE("classes without extras, and unknown ones, give nothing") {
  CHECK(Give("plain", kBare).patch == "[]");
  CHECK(Give("nobody", kBare).patch == "[]");
}

TEST_CASE("capabilities go to the target alone, once each") {
  CHECK(
      Give("caps,more-caps", kBare, {}, 1).patch ==
      R"([{"op":"add","path":"/spec/containers/1/securityContext","value":{"capabilities":{"add":["IPC_LOCK","SYS_RESOURCE","NET_RAW"]}}}])");
}

TEST_CASE("capabilities that are there stay, others are added to them") {
  const struct {
    std::string_view security;
    std::string_view want;
  } cases[] = {
      {"{capabilities: {add: [IPC_LOCK]}}",
       R"([{"op":"add","path":"/spec/containers/0/securityContext/capabilities/add/-","value":"SYS_RESOURCE"}])"},
      {"{capabilities: {add: [SYS_RESOURCE, IPC_LOCK]}}", "[]"},
      {"{capabilities: {add: [ALL]}}", "[]"},
      {"{capabilities: {drop: [ALL]}}",
       R"([{"op":"add","path":"/spec/containers/0/securityContext/capabilities/add","value":["IPC_LOCK","SYS_RESOURCE"]}])"},
      {"{runAsUser: 0}",
       R"([{"op":"add","path":"/spec/containers/0/securityContext/capabilities","value":{"add":["IPC_LOCK","SYS_RESOURCE"]}}])"},
      {"~",
       R"([{"op":"add","path":"/spec/containers/0/securityContext","value":{"capabilities":{"add":["IPC_LOCK","SYS_RESOURCE"]}}}])"},
      {"{capabilities: ~}",
       R"([{"op":"add","path":"/spec/containers/0/securityContext/capabilities","value":{"add":["IPC_LOCK","SYS_RESOURCE"]}}])"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.security);
    CHECK(Give("caps",
               "spec: {containers: [{name: a, securityContext: " + std::string(c.security) + "}]}")
              .patch == c.want);
  }
}

TEST_CASE("shared memory is a volume of the pod and a mount of the target") {
  const Json after = Give("shm", kBare).after;
  CHECK(after["spec"]["volumes"].size() == 1);
  CHECK(after["spec"]["volumes"][0]["emptyDir"] ==
        Json({{"medium", "Memory"}, {"sizeLimit", "16Gi"}}));
  const Json& mounts = after["spec"]["containers"][0]["volumeMounts"];
  CHECK(mounts ==
        Json::array({{{"name", after["spec"]["volumes"][0]["name"]}, {"mountPath", "/dev/shm"}}}));
  CHECK_FALSE(after["spec"]["containers"][1].contains("volumeMounts"));
}

TEST_CASE("shared memory stays what the pod says") {
  CHECK(Give("shm",
             "spec: {volumes: [{name: v}], containers: [{name: a, volumeMounts: [{name: v, "
             "mountPath: /dev/shm}]}]}")
            .patch == "[]");
}

TEST_CASE("a mount of another container is no reason to do without") {
  const Json after = Give("shm",
                          "spec: {volumes: [{name: v}], containers: [{name: a}, {name: b, "
                          "volumeMounts: [{name: v, mountPath: /dev/shm}]}]}")
                         .after;
  CHECK(after["spec"]["volumes"].size() == 2);
  CHECK(after["spec"]["containers"][0]["volumeMounts"].size() == 1);
  CHECK(after["spec"]["containers"][1]["volumeMounts"].size() == 1);
}

TEST_CASE("of two classes' sizes the first one counts") {
  const Json after = Give("small-shm,shm", kBare).after;
  REQUIRE(after["spec"]["volumes"].size() == 1);
  CHECK(after["spec"]["volumes"][0]["emptyDir"]["sizeLimit"] == "1Gi");
}

TEST_CASE("variables that are set stay, whatever their value") {
  CHECK(
      Give("env", kBare).patch ==
      R"([{"op":"add","path":"/spec/containers/0/env","value":[{"name":"NCCL_A","value":"1"},{"name":"NCCL_B","value":""}]}])");
  CHECK(
      Give("env", "spec: {containers: [{name: a, env: [{name: NCCL_A, valueFrom: {}}]}]}").patch ==
      R"([{"op":"add","path":"/spec/containers/0/env/-","value":{"name":"NCCL_B","value":""}}])");
  CHECK(Give("env",
             "spec: {containers: [{name: a, env: [{name: NCCL_B, value: x}, {name: NCCL_A}]}]}")
            .patch == "[]");
}

TEST_CASE("two classes that disagree on a variable: the first holds, and a warning says so") {
  const Given given = Give("other-env,env", kBare);
  CHECK(given.after["spec"]["containers"][0]["env"] ==
        Json::array({{{"name", "NCCL_A"}, {"value", "2"}}, {{"name", "NCCL_B"}, {"value", ""}}}));
  REQUIRE(given.warnings.size() == 1);
  CHECK(Mentions(given.warnings[0], "NCCL_A"));
  CHECK(Give("env,other-env",
             "spec: {containers: [{name: a, env: [{name: NCCL_A}, {name: NCCL_B}]}]}")
            .warnings.empty());
}

TEST_CASE("node selectors of the rails join the pod's") {
  const struct {
    std::string selector;
    std::string_view yaml;
    std::string_view want;
  } cases[] = {
      {"", kBare, "[]"},
      {"zone=a", kBare, R"([{"op":"add","path":"/spec/nodeSelector","value":{"zone":"a"}}])"},
      {" zone=a , disk=ssd ", kBare,
       R"([{"op":"add","path":"/spec/nodeSelector","value":{"disk":"ssd","zone":"a"}}])"},
      {"example.com/~x=", kBare,
       R"([{"op":"add","path":"/spec/nodeSelector","value":{"example.com/~x":""}}])"},
      {"example.com/x=a=b", "spec: {nodeSelector: {y: z}, containers: [{name: a}]}",
       R"([{"op":"add","path":"/spec/nodeSelector/example.com~1x","value":"a=b"}])"},
      {"zone=a", "spec: {nodeSelector: {zone: a}, containers: [{name: a}]}", "[]"},
      {"zone=a", "spec: {nodeSelector: ~, containers: [{name: a}]}",
       R"([{"op":"add","path":"/spec/nodeSelector","value":{"zone":"a"}}])"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.selector);
    const Rail rail = RailSelecting(c.selector);
    CHECK(Give("nodes", c.yaml, {&rail}).patch == c.want);
  }
}

TEST_CASE("only the rails of the class that says so select nodes") {
  const Rail rail = RailSelecting("zone=a");
  CHECK(Give("plain", kBare, {&rail}).patch == "[]");
  Rail other = RailSelecting("zone=b");
  other.rdma_classes = {"plain"};
  CHECK(Give("nodes,plain", kBare, {&rail, &other}).patch ==
        R"([{"op":"add","path":"/spec/nodeSelector","value":{"zone":"a"}}])");
}

TEST_CASE("node selectors that contradict each other or the pod are refused with both sides") {
  const Rail a = RailSelecting("zone=a");
  Rail b = RailSelecting("zone=b");
  b.smc = "r2";
  const std::string among = Give("nodes", kBare, {&a, &b}).patch;
  CAPTURE(among);
  CHECK(Mentions(among, "rails/r2"));
  CHECK(Mentions(among, "zone=b"));
  CHECK(Mentions(among, "zone=a"));
  const std::string with_pod =
      Give("nodes", "spec: {nodeSelector: {zone: c}, containers: [{name: a}]}", {&a}).patch;
  CAPTURE(with_pod);
  CHECK(Mentions(with_pod, "zone=c"));
  CHECK(Mentions(with_pod, "nodeSelector"));
}

TEST_CASE("a pod's empty selector value contradicts, too") {
  const Rail a = RailSelecting("zone=a");
  const std::string message =
      Give("nodes", "spec: {nodeSelector: {zone: \"\"}, containers: [{name: a}]}", {&a}).patch;
  CAPTURE(message);
  CHECK(Mentions(message, "no node has both"));
}

TEST_CASE("a node selector that is none is refused with the rail's name") {
  for (const char* selector : {"zone", "=a", "zone=a,x", "zone in (a)"}) {
    CAPTURE(std::string_view(selector));
    const Rail rail = RailSelecting(selector);
    const std::string message = Give("nodes", kBare, {&rail}).patch;
    CHECK(Mentions(message, "rails/r1"));
    CHECK(Mentions(message, "nodeSelector"));
  }
}

TEST_CASE("a second time there is nothing to give") {
  const Rail rail = RailSelecting("zone=a");
  const std::string all = "caps,more-caps,shm,small-shm,env,other-env,nodes";
  const Given first = Give(all, kBare, {&rail});
  CHECK(first.patch != "[]");
  CHECK(GiveTo(first.after, all, {&rail}).patch == "[]");
}

TEST_CASE("what extras would go into must be of its type") {
  const struct {
    std::string_view yaml;
    std::string_view field;
  } cases[] = {
      {"spec: {volumes: {}, containers: [{name: a}]}", "spec.volumes"},
      {"spec: {volumes: x, containers: [{name: a}]}", "spec.volumes"},
      {"spec: {nodeSelector: [], containers: [{name: a}]}", "spec.nodeSelector"},
      {"spec: {containers: [{name: a, env: {}}]}", "spec.containers[0].env"},
      {"spec: {containers: [{name: a, volumeMounts: x}]}", "spec.containers[0].volumeMounts"},
      {"spec: {containers: [{name: a, securityContext: []}]}",
       "spec.containers[0].securityContext"},
      {"spec: {containers: [{name: a, securityContext: {capabilities: x}}]}",
       "spec.containers[0].securityContext.capabilities"},
      {"spec: {containers: [{name: a, securityContext: {capabilities: {add: {}}}}]}",
       "spec.containers[0].securityContext.capabilities.add"},
  };
  const Rail rail = RailSelecting("zone=a");
  for (const auto& c : cases) {
    CAPTURE(c.yaml);
    const std::string message = Give("caps,shm,env,nodes", c.yaml, {&rail}).patch;
    CHECK(message.starts_with(c.field));
  }
}

TEST_CASE("list items of odd types are left alone") {
  const Json after =
      Give(
          "caps,shm,env",
          R"({"spec":{"volumes":[null,5],"containers":[{"name":"a","env":[null,"x"],"volumeMounts":[[]],)"
          R"("securityContext":{"capabilities":{"add":[null,7]}}}]}})")
          .after;
  CHECK(after["spec"]["volumes"].size() == 3);
  CHECK(after["spec"]["containers"][0]["env"].size() == 4);
}

}  // namespace
}  // namespace railhook

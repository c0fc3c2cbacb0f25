#include "webhook/inject/inject.h"

#include "tests/webhook/inject/yaml_fixture.h"
#include "webhook/admission/response.h"

namespace railhook {
namespace {

// Exclusive rails r1 and r2 of class a; s1 and s2 of class shared, which share one resource;
// namespace team asks for class a, broken for an unknown one, gpus for class a where the pod asks
// for GPUs.
constexpr std::string_view kCluster = R"(
apiVersion: v1
kind: List
items:
  - apiVersion: spiderpool.spidernet.io/v2beta1
    kind: SpiderMultusConfig
    metadata: {name: r1, namespace: rails, annotations: {cni.spidernet.io/rdma-resource-inject: a}}
    spec: {cniType: sriov, sriov: {resourceName: x/r, ippools: {ipv4: [p]}}}
  - apiVersion: spiderpool.spidernet.io/v2beta1
    kind: SpiderMultusConfig
    metadata: {name: r2, namespace: rails, annotations: {cni.spidernet.io/rdma-resource-inject: a}}
    spec: {cniType: sriov, sriov: {resourceName: x/r, ippools: {ipv4: [p]}}}
  - apiVersion: spiderpool.spidernet.io/v2beta1
    kind: SpiderMultusConfig
    metadata: {name: s1, namespace: rails, annotations: {cni.spidernet.io/rdma-resource-inject: shared}}
    spec: {cniType: macvlan, macvlan: {master: [eth1], rdmaResourceName: rdma/hca, ippools: {ipv4: [p]}}}
  - apiVersion: spiderpool.spidernet.io/v2beta1
    kind: SpiderMultusConfig
    metadata: {name: s2, namespace: rails, annotations: {cni.spidernet.io/rdma-resource-inject: shared}}
    spec: {cniType: macvlan, macvlan: {master: [eth2], rdmaResourceName: rdma/hca, ippools: {ipv4: [p]}}}
  - {apiVersion: v1, kind: Namespace, metadata: {name: team, annotations: {cni.spidernet.io/rdma-resource-inject: a}}}
  - {apiVersion: v1, kind: Namespace, metadata: {name: broken, annotations: {cni.spidernet.io/rdma-resource-inject: gone}}}
  - {apiVersion: v1, kind: Namespace, metadata: {name: gpus, labels: {railhook.io/inherit: gpu}, annotations: {cni.spidernet.io/rdma-resource-inject: a}}}
)";

const RailIndex& Index() {
  static const RailIndex index = IndexFrom(kCluster);
  return index;
}

Injection InjectInto(const Json& pod, std::string_view name_space = "default",
                     std::string_view config = "") {
  return Inject(pod, name_space, Index(), ConfigFrom(config));
}

Json Asking(std::string_view classes) {
  Json pod = From("{metadata: {annotations: {}}, spec: {containers: [{name: c0}, {name: c1}]}}");
  pod["metadata"]["annotations"]["cni.spidernet.io/rdma-resource-inject"] = classes;
  return pod;
}

Json After(const Injection& injection, const Json& pod) {
  return Value(injection.patch.Apply(pod));
}

TEST_CASE("a denial says in a word what it is about, and gives no rails") {
  const struct {
    std::string_view key, value, want;
  } cases[] = {{"cni.spidernet.io/rdma-resource-inject", "gone", "rails"},
               {"railhook.io/expect-rails", "3", "rails"},
               {"railhook.io/existing-networks", "never", "networks"},
               {"railhook.io/container", "nobody", "container"}};
  for (const auto& c : cases) {
    CAPTURE(c.value);
    Json pod = Asking("a");
    pod["metadata"]["annotations"][std::string(c.key)] = c.value;
    const Injection injection = InjectInto(pod);
    CHECK(injection.verdict == Verdict::kDenied);
    CHECK(injection.refused_over == c.want);
    CHECK(injection.rails.empty());
  }
  Json pod = Asking("a");
  pod["spec"]["containers"][0]["resources"]["limits"]["x/r"] = "half";
  CHECK(InjectInto(pod).refused_over == "resources");
  pod["spec"]["containers"] = "none";
  CHECK(InjectInto(pod).refused_over == "pod");
}

TEST_CASE("two rails of one resource need two units of it") {
  const Json pod = Asking("a");
  const Injection injection = InjectInto(pod);
  REQUIRE(injection.verdict == Verdict::kInjected);
  CHECK(injection.rails == std::vector<std::string>{"rails/r1", "rails/r2"});
  const Json after = After(injection, pod);
  CHECK(after["spec"]["containers"][0]["resources"] ==
        From("{limits: {x/r: \"2\"}, requests: {x/r: \"2\"}}"));
  CHECK_FALSE(after["spec"]["containers"][1].contains("resources"));
}

TEST_CASE("two shared rails need one unit in all") {
  const Json pod = Asking("shared");
  CHECK(After(InjectInto(pod), pod)["spec"]["containers"][0]["resources"]["limits"] ==
        From("{rdma/hca: \"1\"}"));
}

TEST_CASE("the status is compact JSON in a fixed order") {
  const Json pod = Asking(" shared,a,a ");
  const Json after = After(InjectInto(pod), pod);
  CHECK(
      after["metadata"]["annotations"]["railhook.io/status"] ==
      R"({"class":"shared,a","key":"cni.spidernet.io/rdma-resource-inject","rails":["rails/s1","rails/s2","rails/r1","rails/r2"],)"
      R"("resources":{"rdma/hca":1,"x/r":2},"container":"c0"})");
}

TEST_CASE("an old status is rewritten when rails are given, and left alone otherwise") {
  Json pod = Asking("a");
  pod["metadata"]["annotations"]["railhook.io/status"] = "[[";
  const Json after = After(InjectInto(pod), pod);
  CHECK(Mentions(after["metadata"]["annotations"]["railhook.io/status"].get<std::string>(),
                 "rails/r1"));
  pod["metadata"]["annotations"]["cni.spidernet.io/rdma-resource-inject"] = "none";
  CHECK(InjectInto(pod).patch.empty());
}

TEST_CASE("who must not get rails stays as it is") {
  const auto with = [](std::string_view classes, auto change) {
    Json pod = Asking(classes);
    change(pod);
    return pod;
  };
  const auto nothing = [](Json&) {};
  const auto host_network = [](Json& pod) { pod["spec"]["hostNetwork"] = true; };
  const auto mirror = [](Json& pod) {
    pod["metadata"]["annotations"]["kubernetes.io/config.mirror"] = "";
  };
  const auto silent = [](Json& pod) { pod["metadata"].erase("annotations"); };
  const auto no_containers = [](Json& pod) { pod["spec"]["containers"] = Json::array(); };
  const struct {
    std::string_view name;
    Json pod;
    std::string_view name_space, config;
    std::size_t warnings;
  } cases[] = {
      {"asks for nothing", with("a", silent), "default", "", 0},
      {"opts out", with("none", nothing), "team", "", 0},
      {"hostNetwork", with("a", host_network), "default", "", 1},
      {"hostNetwork, asked by the namespace",
       with("a",
            [&](Json& p) {
              silent(p);
              host_network(p);
            }),
       "team", "", 0},
      {"hostNetwork and an unknown class", with("gone", host_network), "default", "", 1},
      {"a mirror pod", with("a", mirror), "default", "", 0},
      {"no containers", with("a", no_containers), "default", "", 0},
      {"no containers and an unknown class", with("gone", no_containers), "default", "", 0},
      {"a namespace that is always excluded", with("a", nothing), "kube-system", "", 1},
      {"an excluded namespace", with("gone", nothing), "default",
       "podResourceInject: {namespacesExclude: [default]}", 1},
      {"excluded, asked by the namespace", with("a", silent), "team",
       "podResourceInject: {namespacesExclude: [team]}", 0},
      {"off", with("a", nothing), "default", "podResourceInject: {enabled: false}", 1},
      {"defaults off", with("a", silent), "team", "namespaceDefaults: off", 0},
      {"inherits for GPUs only", with("a", silent), "gpus", "", 0},
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    const Injection injection = InjectInto(c.pod, c.name_space, c.config);
    CHECK(injection.verdict == Verdict::kSkipped);
    CHECK(injection.patch.empty());
    CHECK(injection.message == "");
    CHECK(injection.warnings.size() == c.warnings);
  }
}

TEST_CASE("the webhook's own namespace gets no rails, and a pod that asks there is told") {
  InjectConfig config;
  config.own_namespace = "railhook-system";
  config.namespaces_include = {"railhook-system"};
  const Injection injection = Inject(Asking("a"), "railhook-system", Index(), config);
  CHECK(injection.verdict == Verdict::kSkipped);
  REQUIRE(injection.warnings.size() == 1);
  CHECK(Mentions(injection.warnings[0], "railhook-system"));
  CHECK(Inject(Asking("a"), "railhook", Index(), InjectConfig()).verdict == Verdict::kInjected);
}

TEST_CASE("the namespace is the request's, whatever the pod says") {
  Json pod = From("{metadata: {namespace: default}, spec: {containers: [{name: c0}]}}");
  CHECK(InjectInto(pod, "team").verdict == Verdict::kInjected);
  pod["metadata"]["namespace"] = "team";
  CHECK(InjectInto(pod, "default").verdict == Verdict::kSkipped);
}

TEST_CASE("a namespace that nobody knows asks for nothing") {
  CHECK(InjectInto(From("{spec: {containers: [{name: a}]}}"), "unheard-of").verdict ==
        Verdict::kSkipped);
}

TEST_CASE(
    "pods that ask for GPUs inherit where the label says gpu, all where the configuration says "
    "so") {
  const Json gpu =
      From("{spec: {containers: [{name: a, resources: {limits: {nvidia.com/gpu: 1}}}]}}");
  const Json claim = From("{spec: {containers: [{name: a, resources: {claims: [{name: g}]}}]}}");
  const Json rail = From("{spec: {containers: [{name: a, resources: {limits: {x/r: 1}}}]}}");
  CHECK(InjectInto(gpu, "gpus").verdict == Verdict::kInjected);
  CHECK(InjectInto(claim, "gpus").verdict == Verdict::kInjected);
  CHECK(InjectInto(rail, "gpus", "gpuResources: [\"x/*\"]").verdict == Verdict::kSkipped);
  CHECK(InjectInto(rail, "gpus", "namespaceDefaults: all").verdict == Verdict::kInjected);
}

TEST_CASE("a denial has a message on one line, no patch and no rails to show") {
  const struct {
    std::string_view name;
    Json pod;
    std::string_view mentions;
  } cases[] = {
      {"an unknown class", Asking("gone"), "\"gone\""},
      {"one of line breaks", Asking("go\nne\r\n\tx"), "go"},
      {"one beyond all lengths", Asking(std::string(200'000, 'x')), "unknown class"},
      {"an annotation that is no text", From("{metadata: {annotations: {\"a\\nb\": 5}}}"),
       "metadata.annotations"},
      {"no pod at all", Json(), "pod"},
      {"a list", Json::array(), "pod"},
      {"containers of another type",
       From("{metadata: {annotations: {cni.spidernet.io/rdma-resource-inject: a}}, spec: "
            "{containers: {}}}"),
       "spec.containers"},
      {"a broken container",
       From("{metadata: {annotations: {cni.spidernet.io/rdma-resource-inject: a}}, spec: "
            "{containers: [5]}}"),
       "spec.containers[0]"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    const Injection injection = InjectInto(c.pod);
    CHECK(injection.verdict == Verdict::kDenied);
    CHECK(injection.patch.empty());
    CHECK(Mentions(injection.message, c.mentions));
    CHECK_FALSE(Mentions(injection.message, "\n"));
    CHECK_FALSE(Mentions(injection.message, "\r"));
    CHECK(injection.message.size() < 10'000);
  }
}

TEST_CASE("an unknown class of the namespace denies and says where it came from") {
  const Injection injection = InjectInto(From("{spec: {containers: [{name: a}]}}"), "broken");
  CHECK(injection.verdict == Verdict::kDenied);
  CHECK(Mentions(injection.message, "namespace \"broken\""));
  CHECK(Mentions(injection.message, "opts out"));
}

TEST_CASE("annotations that Spiderpool's IPAM would take amiss go, each with a warning") {
  Json pod = Asking("a");
  auto& annotations = pod["metadata"]["annotations"];
  for (const char* key : {"ippool", "ippools", "subnet", "subnets"}) {
    annotations["ipam.spidernet.io/" + std::string(key)] = std::string(300, 'v');
  }
  annotations["ipam.spidernet.io/routes"] = "stays";
  const Injection injection = InjectInto(pod);
  REQUIRE(injection.warnings.size() == 4);
  for (const std::string& warning : injection.warnings) CHECK(warning.size() <= kMaxWarning);
  const Json after = After(injection, pod)["metadata"]["annotations"];
  CHECK(after.size() == 4);
  CHECK(after["ipam.spidernet.io/routes"] == "stays");
}

TEST_CASE("both keys on the pod: a warning, and the rdma key's rails") {
  Json pod = Asking("a");
  pod["metadata"]["annotations"]["cni.spidernet.io/network-resource-inject"] = "gone";
  const Injection injection = InjectInto(pod);
  CHECK(injection.verdict == Verdict::kInjected);
  REQUIRE(injection.warnings.size() == 1);
  CHECK(Mentions(injection.warnings[0], "network-resource-inject"));
}

TEST_CASE("a pod without metadata or annotations gets them made") {
  for (const std::string_view yaml :
       {"{spec: {containers: [{name: a}]}}", "{metadata: ~, spec: {containers: [{name: a}]}}",
        "{metadata: {}, spec: {containers: [{name: a}]}}",
        "{metadata: {annotations: ~}, spec: {containers: [{name: a, resources: ~}]}}",
        "{metadata: {annotations: {}}, spec: {containers: [{name: a, resources: {limits: ~}}]}}"}) {
    CAPTURE(yaml);
    const Json pod = From(yaml);
    const Injection injection = InjectInto(pod, "team");
    REQUIRE(injection.verdict == Verdict::kInjected);
    const Json after = After(injection, pod);
    CHECK(after["metadata"]["annotations"].size() == 2);
    CHECK(after["spec"]["containers"][0]["resources"]["requests"]["x/r"] == "2");
    CHECK(InjectInto(after, "team").patch.empty());
  }
}

TEST_CASE("a quantity of null is none, and is filled") {
  Json pod = Asking("a");
  pod["spec"]["containers"][1]["resources"]["limits"]["x/r"] = nullptr;
  const Json after = After(InjectInto(pod), pod);
  CHECK(after["spec"]["containers"][0]["resources"]["limits"]["x/r"] == "2");
}

TEST_CASE("fields that railhook has never heard of stay as they are, to the last digit") {
  Json pod = Asking("a");
  const Json odd = From(
      R"({"big":18446744073709551615,"small":-9223372036854775808,"float":1e-300,"null":null,"~/":[[],{}]})");
  pod["future"] = pod["spec"]["future"] = pod["spec"]["containers"][0]["future"] = odd;
  pod["spec"]["containers"][0]["resources"]["future"] = odd;
  const Json after = After(InjectInto(pod), pod);
  for (const Json& kept :
       {after["future"], after["spec"]["future"], after["spec"]["containers"][0]["future"],
        after["spec"]["containers"][0]["resources"]["future"]}) {
    CHECK(kept.dump() == odd.dump());
  }
}

TEST_CASE("the extras of the classes come with the rails") {
  const Json pod = Asking("a");
  const Json after =
      After(InjectInto(pod, "default",
                       "classes: {a: {capabilities: [IPC_LOCK], shmSize: 1Gi, env: {N: \"1\"}}}"),
            pod);
  const Json& target = after["spec"]["containers"][0];
  CHECK(target["securityContext"]["capabilities"]["add"] == Json::array({"IPC_LOCK"}));
  CHECK(target["env"].size() == 1);
  CHECK(target["volumeMounts"].size() == 1);
  CHECK(after["spec"]["volumes"].size() == 1);
  CHECK(after["spec"]["containers"][1] == pod["spec"]["containers"][1]);
}

TEST_CASE("the units of a native sidecar count, and its list of resources is completed in place") {
  Json pod = Asking("a");
  pod["spec"]["initContainers"] =
      From("[{name: i}, {name: s, restartPolicy: Always, resources: {limits: {x/r: 1}}}]");
  const Json after = After(InjectInto(pod), pod);
  CHECK(after["spec"]["containers"][0]["resources"]["limits"]["x/r"] == "1");
  CHECK(after["spec"]["initContainers"][1]["resources"]["requests"]["x/r"] == "1");
  CHECK(after["spec"]["initContainers"][0] == pod["spec"]["initContainers"][0]);
}

}  // namespace
}  // namespace railhook

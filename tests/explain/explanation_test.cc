#include "explain/explanation.h"

#include "base/text.h"
#include "tests/multus/objects.h"
#include "tests/webhook/inject/yaml_fixture.h"

namespace railhook {
namespace {

constexpr std::string_view kPool = "sriov: {resourceName: x/r, ippools: {ipv4: [p]}}";

// Class c: rails/gpu1, rails/gpu2 of one resource; shared: two networks of one unit; namespaces
// that ask in every way.
const RailIndex& Index() {
  static const RailIndex index = IndexFrom(
      Smc("rails/gpu2", kRdmaClass, "cniType: sriov, " + std::string(kPool)) +
      Smc("rails/gpu1", kRdmaClass, "cniType: sriov, " + std::string(kPool)) +
      Smc("rails/m1", "cni.spidernet.io/rdma-resource-inject: shared",
          "cniType: macvlan, macvlan: {master: [eth1], rdmaResourceName: x/hca, ippools: {ipv4: "
          "[p, gone]}}") +
      Smc("rails/m2", "cni.spidernet.io/rdma-resource-inject: shared",
          "cniType: macvlan, macvlan: {master: [eth2], rdmaResourceName: x/hca, ippools: {ipv4: "
          "[p]}}") +
      Nad("other/net", std::string(kRdmaClass) + ", k8s.v1.cni.cncf.io/resourceName: x/other",
          R"({"type":"sriov"})") +
      R"(
---
{apiVersion: spiderpool.spidernet.io/v2beta1, kind: SpiderIPPool, metadata: {name: p}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: quiet}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: asks, labels: {railhook.io/inherit: 'true'}, annotations: {cni.spidernet.io/rdma-resource-inject: c}}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: bare, annotations: {cni.spidernet.io/rdma-resource-inject: c}}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: gpus, labels: {railhook.io/inherit: gpu}, annotations: {cni.spidernet.io/rdma-resource-inject: c}}}
)");
  return index;
}

Json PodOf(std::string_view annotations, std::string_view spec = "containers: [{name: main}]") {
  return From("metadata: {annotations: {" + std::string(annotations) + "}}\nspec: {" +
              std::string(spec) + "}");
}

Explanation ExplainPod(const Json& pod, std::string_view name_space = "quiet",
                       std::string_view config = "") {
  return Explain(pod, name_space, Index(), ConfigFrom(config));
}

std::string WhyNone(const Json& pod, std::string_view name_space, std::string_view config = "") {
  const Explanation explained = ExplainPod(pod, name_space, config);
  CHECK(explained.outcome == Outcome::kNone);
  CHECK(explained.attachments.empty() == (name_space != "bare" || !config.empty()));
  return explained.why_none;
}

TEST_CASE("a pod that gets rails: interfaces in order, container and why, units") {
  const Explanation explained = ExplainPod(PodOf(kRdmaClass));
  CHECK(explained.outcome == Outcome::kRails);
  CHECK(explained.why_none.empty());
  REQUIRE(explained.attachments.size() == 2);
  CHECK(explained.attachments[0].interface == "net1");
  CHECK(explained.attachments[0].network == "rails/gpu1");
  CHECK(explained.attachments[1].interface == "net2");
  CHECK(explained.attachments[1].rail->resource == "x/r");
  CHECK(explained.attachments[1].given);
  CHECK(explained.injection.container == "main");
  CHECK(explained.injection.container_reason == "the only one");
  REQUIRE(explained.units.size() == 1);
  CHECK(explained.units[0].resource == "x/r");
  CHECK(explained.units[0].needed == 2);
  CHECK(explained.units[0].asked == 0);
  CHECK(explained.units[0].sharing == 0);
  REQUIRE(explained.missing.size() == 1);
  CHECK(explained.missing[0].rail->Id() == "other/net");
  CHECK(Mentions(explained.missing[0].left_out, "railNamespaces"));
}

TEST_CASE("networks that share a unit, what the pod asks for itself, and pools that don't exist") {
  const Explanation explained =
      ExplainPod(PodOf("cni.spidernet.io/rdma-resource-inject: shared",
                       "containers: [{name: a}, {name: b, resources: {limits: {x/hca: 1}}}]"));
  REQUIRE(explained.units.size() == 1);
  CHECK(explained.units[0].needed == 1);
  CHECK(explained.units[0].asked == 1);
  CHECK(explained.units[0].sharing == 2);
  CHECK(explained.injection.container == "b");
  CHECK(Mentions(explained.injection.container_reason, "resource of the rails"));
  CHECK(explained.unknown_pools == std::vector<std::string>{"gone of rails/m1"});
}

TEST_CASE("own networks that stay are told apart, with the names of their interfaces") {
  const Explanation explained = ExplainPod(
      PodOf(std::string(kRdmaClass) +
            ", railhook.io/existing-networks: merge, k8s.v1.cni.cncf.io/networks: 'other/net@eth9, "
            "rails/gpu2'"));
  REQUIRE(explained.attachments.size() == 3);
  CHECK(explained.attachments[0].interface == "eth9");
  CHECK(explained.attachments[0].network == "other/net");
  CHECK(!explained.attachments[0].given);
  CHECK(explained.attachments[0].rail != nullptr);
  CHECK(explained.attachments[1].interface == "net2");
  CHECK(explained.attachments[1].given);
  const Explanation unknown = ExplainPod(
      PodOf(std::string(kRdmaClass) +
            ", railhook.io/existing-networks: merge, k8s.v1.cni.cncf.io/networks: nobody-knows"));
  CHECK(unknown.attachments[0].network == "quiet/nobody-knows");
  CHECK(unknown.attachments[0].rail == nullptr);
}

TEST_CASE("what comes beside networks and resources is listed once") {
  const Explanation explained = ExplainPod(
      PodOf(kRdmaClass, "containers: [{name: main, env: [{name: OWN, value: x}]}]"), "quiet",
      "classes: {c: {capabilities: [IPC_LOCK], shmSize: 1Gi, env: {OWN: other, NCCL_DEBUG: "
      "INFO}}}");
  CHECK(Join(explained.extras, ", ") ==
        "capability IPC_LOCK, variable NCCL_DEBUG, volume railhook-shm");
}

TEST_CASE("why a pod gets none") {
  const Json plain = PodOf("");
  const Json asking = PodOf(kRdmaClass);
  const struct {
    std::string_view name;
    const Json pod;
    std::string_view name_space, config, want;
  } cases[] = {
      {"nobody asks", plain, "quiet", "", "neither it nor namespace \"quiet\""},
      {"an unknown namespace", plain, "nowhere", "", "namespace \"nowhere\" is not known here"},
      {"the pod opts out", PodOf("cni.spidernet.io/rdma-resource-inject: none"), "asks", "",
       "annotation cni.spidernet.io/rdma-resource-inject=\"none\" opts out"},
      {"namespaces don't count", plain, "asks", "namespaceDefaults: 'off'",
       "namespaceDefaults is off"},
      {"no GPU", plain, "gpus", "", "no container asks for any"},
      {"a mirror pod", PodOf("kubernetes.io/config.mirror: x, " + std::string(kRdmaClass)), "quiet",
       "", "mirror pod"},
      {"hostNetwork", PodOf(kRdmaClass, "hostNetwork: true, containers: [{name: a}]"), "quiet", "",
       "hostNetwork: true"},
      {"switched off", asking, "quiet", "podResourceInject: {enabled: false}",
       "podResourceInject.enabled is false"},
      {"excluded", asking, "quiet", "podResourceInject: {namespacesExclude: [quiet]}",
       "is in podResourceInject.namespacesExclude"},
      {"not included", asking, "quiet", "podResourceInject: {namespacesInclude: [asks]}",
       "is not in podResourceInject.namespacesInclude"},
      {"never", asking, "kube-system", "", "\"kube-system\" never gets rails"},
      {"no containers", PodOf(kRdmaClass, "containers: []"), "quiet", "", "it has no containers"},
      {"no label", plain, "bare", "", "lacks the label railhook.io/inherit=\"true\""}};
  for (const auto& c : cases) {
    CAPTURE(c.name);
    const std::string why = WhyNone(c.pod, c.name_space, c.config);
    CAPTURE(why);
    CHECK(Mentions(why, c.want));
  }
}

TEST_CASE("a pod that asks for nothing is told what there is to ask for") {
  CHECK(ExplainPod(PodOf("")).classes == std::vector<std::string>{"c", "shared"});
  CHECK(ExplainPod(PodOf(kRdmaClass)).classes.empty());
}

TEST_CASE("a refused pod: each rail of its classes, and what is wrong with it") {
  const RailIndex index =
      IndexFrom(Smc("a/good", kRdmaClass, "cniType: sriov, " + std::string(kPool)) +
                Smc("a/bad", kRdmaClass, "cniType: sriov, sriov: {}") +
                Smc("b/away", kRdmaClass, "cniType: sriov, " + std::string(kPool)));
  const Explanation explained =
      Explain(PodOf(kRdmaClass), "quiet", index, ConfigFrom("railNamespaces: [a]"));
  CHECK(explained.outcome == Outcome::kRefused);
  CHECK(explained.attachments.empty());
  REQUIRE(explained.missing.size() == 3);
  for (const MissingRail& missing : explained.missing) {
    CAPTURE(missing.rail->Id());
    CHECK(missing.problems.empty() == (missing.rail->Id() != "a/bad"));
    CHECK(missing.left_out.empty() == (missing.rail->Id() != "b/away"));
  }
}

TEST_CASE("a namespace without the label can't have its pods refused") {
  const RailIndex index = IndexFrom(
      "{apiVersion: v1, kind: Namespace, metadata: {name: bare, annotations: "
      "{cni.spidernet.io/rdma-resource-inject: nosuch}}}");
  const Explanation explained = Explain(PodOf(""), "bare", index, InjectConfig());
  CHECK(explained.injection.verdict == Verdict::kDenied);
  CHECK(explained.outcome == Outcome::kNone);
  CHECK(Mentions(explained.why_none, "lacks the label"));
}

TEST_CASE("a rail that is being deleted is left out") {
  const RailIndex index = IndexFrom(
      Smc("a/stays", kRdmaClass, "cniType: sriov, " + std::string(kPool)) +
      "---\n{apiVersion: spiderpool.spidernet.io/v2beta1, kind: SpiderMultusConfig, "
      "metadata: {name: goes, namespace: a, deletionTimestamp: '2026-11-21T12:00:00Z', "
      "annotations: {" +
      std::string(kRdmaClass) + "}}, spec: {cniType: sriov, " + std::string(kPool) + "}}\n");
  const Explanation explained = Explain(PodOf(kRdmaClass), "quiet", index, InjectConfig());
  CHECK(explained.outcome == Outcome::kRails);
  REQUIRE(explained.missing.size() == 1);
  CHECK(explained.missing[0].left_out == "is being deleted");
}

}  // namespace
}  // namespace railhook

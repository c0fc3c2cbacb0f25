#include "cli/manifest.h"

#include <doctest/doctest.h>

#include "tests/multus/objects.h"

namespace railhook {
namespace {

constexpr std::string_view kNetworks = "k8s.v1.cni.cncf.io/networks";

std::string Rails() {
  return Smc("spiderpool/gpu1", kRdmaClass,
             "cniType: sriov, sriov: {resourceName: x/gpu1, ippools: {ipv4: [p]}}") +
         R"(
---
{apiVersion: v1, kind: Namespace, metadata: {name: team, annotations: {cni.spidernet.io/rdma-resource-inject: c}}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: labelled, labels: {railhook.io/inherit: 'true'}, annotations: {cni.spidernet.io/rdma-resource-inject: c}}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: mislabelled, labels: {railhook.io/inherit: 'yes'}, annotations: {cni.spidernet.io/rdma-resource-inject: c}}}
)";
}

ManifestOutcome Inject(std::string_view yaml, const InjectConfig& config = {},
                       const std::string& name_space = "default") {
  return InjectManifest(ParseYaml(yaml).value(), name_space, IndexOf(Rails()), config);
}

std::string Names(const ManifestOutcome& outcome) {
  std::vector<std::string> names;
  for (const ObjectOutcome& object : outcome.objects)
    names.push_back(object.name + (object.patch.empty() ? " -" : " +"));
  return Join(names, ", ");
}

std::string Pod(std::string_view id, std::string_view annotations = kRdmaClass) {
  return ObjectText("apiVersion: v1, kind: Pod", id, annotations, "containers: [{name: c}]");
}

constexpr std::string_view kTemplate =
    "{metadata: {annotations: {cni.spidernet.io/rdma-resource-inject: c}}, spec: {containers: "
    "[{name: c}]}}";

TEST_CASE("a pod gets its rails, everything else passes as it is") {
  const auto outcome =
      Inject(Pod("n/train") + "---\n{kind: ConfigMap, data: {a: b}}\n---\n[1, 2]\n---\ntext\n" +
             Pod("n/plain", ""));
  CHECK(Names(outcome) == "Pod n/train +, Pod n/plain -");
  REQUIRE(outcome.after.size() == 5);
  CHECK(outcome.after[0]["metadata"]["annotations"][std::string(kNetworks)] ==
        R"([{"name":"gpu1","namespace":"spiderpool"}])");
  CHECK(outcome.after[0]["spec"]["containers"][0]["resources"]["limits"]["x/gpu1"] == "1");
  for (std::size_t i = 1; i < 5; ++i) CHECK(outcome.after[i] == outcome.before[i]);
}

TEST_CASE("a patch is that of the document, and turns before into after") {
  const auto outcome = Inject(
      "{apiVersion: v1, kind: List, items: [{kind: ConfigMap}, {apiVersion: apps/v1, kind: "
      "Deployment, "
      "metadata: {name: d}, spec: {template: " +
      std::string(kTemplate) + "}}]}");
  CHECK(Names(outcome) == "Deployment default/d (spec.template) +");
  REQUIRE(outcome.objects.size() == 1);
  for (const PatchOperation& operation : outcome.objects[0].patch.operations()) {
    CHECK(operation.path.starts_with("/items/1/spec/template/"));
  }
  CHECK(outcome.objects[0].patch.Apply(outcome.before[0]) == outcome.after[0]);
}

TEST_CASE("an object is named by kind, namespace and name") {
  const struct {
    std::string_view metadata, want;
  } cases[] = {{"{name: a, namespace: team-b}", "Pod team-b/a -"},
               {"{name: a}", "Pod fallback/a -"},
               {"{name: a, namespace: ''}", "Pod fallback/a -"},
               {"{generateName: a-}", "Pod fallback/a- -"},
               {"{}", "Pod fallback/(no name) -"},
               {"{name: 5, namespace: null}", "Pod fallback/(no name) -"}};
  for (const auto& c : cases) {
    CAPTURE(c.metadata);
    const std::string yaml = "{apiVersion: v1, kind: Pod, metadata: " + std::string(c.metadata) +
                             ", spec: {containers: [{name: c}]}}";
    CHECK(Names(Inject(yaml, {}, "fallback")) == c.want);
  }
}

TEST_CASE("all templates of a workload are injected, each from what it says itself") {
  const auto outcome = Inject(
      "{apiVersion: kubeflow.org/v1, kind: PyTorchJob, metadata: {name: t}, spec: "
      "{pytorchReplicaSpecs: "
      "{Master: {template: " +
      std::string(kTemplate) + "}, Worker: {template: {spec: {containers: [{name: c}]}}}}}}");
  CHECK(Names(outcome) ==
        "PyTorchJob default/t (spec.pytorchReplicaSpecs.Master.template) +, "
        "PyTorchJob default/t (spec.pytorchReplicaSpecs.Worker.template) -");
}

TEST_CASE("denials name the object, and leave it as it was") {
  const auto outcome =
      Inject(Pod("n/bad", "cni.spidernet.io/rdma-resource-inject: other") + Pod("n/good"));
  REQUIRE(outcome.denials.size() == 1);
  CHECK(outcome.denials[0].starts_with("Pod n/bad: "));
  CHECK(Has(outcome.denials[0], "\"other\""));
  CHECK(outcome.after[0] == outcome.before[0]);
  CHECK(Names(outcome) == "Pod n/good +");
}

TEST_CASE("warnings name the object") {
  const auto outcome =
      Inject(Pod("n/a", std::string(kRdmaClass) + ", " + std::string(kNetworkClass)));
  REQUIRE(outcome.warnings.size() == 1);
  CHECK(outcome.warnings[0].starts_with("Pod n/a: "));
}

TEST_CASE(
    "where only railhook looks at the namespace's annotation, a note says what the API server "
    "lacks") {
  const struct {
    std::string_view name_space;
    NamespaceDefaults defaults;
    bool noted;
  } cases[] = {{"team", NamespaceDefaults::kLabel, true},
               {"mislabelled", NamespaceDefaults::kLabel, true},
               {"labelled", NamespaceDefaults::kLabel, false},
               {"team", NamespaceDefaults::kAll, false},
               {"default", NamespaceDefaults::kLabel, false}};
  for (const auto& c : cases) {
    CAPTURE(c.name_space);
    InjectConfig config;
    config.namespace_defaults = c.defaults;
    const auto outcome = Inject(Pod(std::string(c.name_space) + "/a", ""), config);
    CHECK(outcome.notes.size() == (c.noted ? 1 : 0));
    if (c.noted) CHECK(Has(outcome.notes[0], "railhook.io/inherit"));
  }
}

TEST_CASE("an annotation that stands beside the templates is told of its object") {
  const std::string yaml =
      "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a, annotations: {" +
      std::string(kRdmaClass) + "}}, spec: {template: {spec: {containers: [{name: c}]}}}}";
  const auto outcome = Inject(yaml);
  REQUIRE(outcome.warnings.size() == 1);
  CHECK(outcome.warnings[0].starts_with("Deployment default/a: annotation "));
}

TEST_CASE("a pod's namespace that YAML takes for something else is refused, not overlooked") {
  const auto outcome = Inject("{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: n}}");
  REQUIRE(outcome.denials.size() == 1);
  CHECK(Has(outcome.denials[0], "metadata.namespace"));
  CHECK(Inject("{apiVersion: v1, kind: ConfigMap, metadata: {namespace: n}}").denials.empty());
}

TEST_CASE("objects of any shape are no surprise") {
  for (const std::string_view yaml :
       {"null", "5", "[]", "{}", "{kind: Pod}",
        "{apiVersion: v1, kind: Pod, metadata: 5, spec: []}",
        "{apiVersion: apps/v1, kind: Deployment, spec: {template: text}}",
        "{apiVersion: v1, kind: List, items: [[], text, null]}",
        "{apiVersion: batch/v1, kind: Job, metadata: [], spec: {template: {}}}"}) {
    CAPTURE(yaml);
    const auto outcome = Inject(yaml);
    CHECK(outcome.after == outcome.before);
  }
}

}  // namespace
}  // namespace railhook

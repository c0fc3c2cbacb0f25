#include "webhook/inject/workload_warnings.h"

#include <algorithm>

#include "base/text.h"
#include "tests/webhook/inject/yaml_fixture.h"
#include "webhook/admission/response.h"

namespace railhook {
namespace {

constexpr std::string_view kRails = R"(
apiVersion: spiderpool.spidernet.io/v2beta1
kind: SpiderMultusConfig
metadata: {name: r1, namespace: rails, annotations: {cni.spidernet.io/rdma-resource-inject: trains}}
spec: {cniType: sriov, sriov: {resourceName: x/r, ippools: {ipv4: [p]}}}
---
apiVersion: spiderpool.spidernet.io/v2beta1
kind: SpiderMultusConfig
metadata: {name: b1, namespace: rails, annotations: {cni.spidernet.io/rdma-resource-inject: broken}}
spec: {cniType: sriov, sriov: {ippools: {ipv4: [p]}}}
---
apiVersion: v1
kind: Namespace
metadata: {name: labelled, labels: {railhook.io/inherit: 'true'}, annotations: {cni.spidernet.io/rdma-resource-inject: gone}}
---
apiVersion: v1
kind: Namespace
metadata: {name: unlabelled, annotations: {cni.spidernet.io/rdma-resource-inject: gone}}
)";

std::string Template(std::string_view annotations, std::string_view spec = "") {
  return "{metadata: {annotations: {" + std::string(annotations) + "}}, spec: {" +
         std::string(spec) + (spec.empty() ? "" : ", ") + "containers: [{name: c}]}}";
}

std::string Asking(std::string_view value) {
  return "cni.spidernet.io/rdma-resource-inject: '" + std::string(value) + "'";
}

std::string Deployment(std::string_view pod_template, std::string_view metadata = "") {
  return "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d, " + std::string(metadata) +
         "}, spec: {replicas: 1, template: " + std::string(pod_template) + "}}";
}

AdmissionRequest Creation(std::string_view object, std::string name_space = "team") {
  AdmissionRequest request;
  request.uid = "u";
  request.operation = "CREATE";
  request.name_space = std::move(name_space);
  request.object = std::make_shared<const Json>(From(object));
  request.old_object = std::make_shared<const Json>();
  return request;
}

AdmissionRequest Update(std::string_view object, std::string_view old) {
  AdmissionRequest request = Creation(object);
  request.operation = "UPDATE";
  request.old_object = std::make_shared<const Json>(From(old));
  return request;
}

// The warnings, one on each line.
std::string Said(const AdmissionRequest& request, const InjectConfig& config = {}) {
  static const RailIndex index = IndexFrom(kRails);
  const auto lines = WarningsOfWorkload(request, index, config);
  for (const std::string& line : lines) CHECK(line.size() <= kMaxWarning);
  return Join(lines, "\n");
}

TEST_CASE("nothing is said of a workload whose pods would get rails, or ask for none") {
  for (const std::string_view annotations : {"cni.spidernet.io/rdma-resource-inject: trains", ""}) {
    CAPTURE(annotations);
    CHECK(Said(Creation(Deployment(Template(annotations)))) == "");
  }
}

TEST_CASE("an unknown class is said with the nearest ones, in lines that break between clauses") {
  CHECK(Said(Creation(Deployment(Template(Asking("train"))))) ==
        "pods would be denied: unknown class \"train\" in annotation "
        "cni.spidernet.io/rdma-resource-inject=\"train\";\n"
        "... nearest: \"trains\"; list all with: railhook rails");
}

TEST_CASE("whatever a pod of the template would be denied or warned for is said") {
  InjectConfig config;
  config.classes["trains"].expect_rails = 8;
  const struct {
    std::string pod_template;
    InjectConfig config;
    std::string_view want;
  } cases[] = {
      {Template(Asking("trains")), config, "expects 8 rails, but there is 1: rails/r1"},
      {Template(Asking("trains") + ", railhook.io/expect-rails: '2'"), {}, "expects 2 rails"},
      {Template(Asking("broken")), {}, "b1"},
      {Template(Asking("trains"), "hostNetwork: true"), {}, "no rails: a hostNetwork pod"},
      {Template(Asking("trains") + ", k8s.v1.cni.cncf.io/networks: own"), {}, "own"},
      {Template(Asking("trains") + ", railhook.io/container: gone"), {}, "gone"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.pod_template);
    CHECK(Mentions(Said(Creation(Deployment(c.pod_template)), c.config), c.want));
  }
}

TEST_CASE("an annotation beside the template is said, and where it belongs") {
  const std::string annotations = "annotations: {" + Asking("trains") + "}";
  const std::string said = Said(Creation(Deployment(Template(""), annotations)));
  CHECK(Mentions(said, "stands on the Deployment"));
  CHECK(Mentions(said, "spec.template.metadata.annotations"));
}

TEST_CASE("an opt-out is silent") {
  CHECK(Said(Creation(Deployment(Template(Asking("none"))))) == "");
  CHECK(Said(Creation(Deployment(Template(Asking("none"))), "labelled")) == "");
}

TEST_CASE("what pods would inherit counts where API servers send them") {
  CHECK(Mentions(Said(Creation(Deployment(Template("")), "labelled")), "unknown class \"gone\""));
  CHECK(Said(Creation(Deployment(Template("")), "unlabelled")) == "");
}

TEST_CASE("each text is said once, and names templates where it isn't about all") {
  const auto job = [](std::string_view master, std::string_view worker) {
    return "{apiVersion: kubeflow.org/v1, kind: PyTorchJob, spec: {pytorchReplicaSpecs: {Master: "
           "{template: " +
           Template(master) + "}, Worker: {template: " + Template(worker) + "}}}}";
  };
  const std::string all = Said(Creation(job(Asking("train"), Asking("train"))));
  CHECK(all.starts_with("pods would be denied: unknown class"));
  CHECK(std::count(all.begin(), all.end(), '\n') == 1);
  CHECK(Said(Creation(job(Asking("trains"), Asking("train"))))
            .starts_with("spec.pytorchReplicaSpecs.Worker.template: pods would be denied:"));
}

TEST_CASE("a text that is about many templates names two of them") {
  std::string tasks = "{template: " + Template("") + "}";
  for (int i = 0; i < 9; ++i) tasks += ", {template: " + Template(Asking("train")) + "}";
  const std::string said = Said(Creation(
      "{apiVersion: batch.volcano.sh/v1alpha1, kind: Job, spec: {tasks: [" + tasks + "]}}"));
  CHECK(said.starts_with(
      "spec.tasks.1.template, spec.tasks.2.template and 7 more: pods would be denied:"));
}

TEST_CASE("an update is told of only where it changes templates or the annotations of either key") {
  const std::string bad = Template(Asking("train"));
  const std::string old = Deployment(bad, "annotations: {a: b}");
  CHECK(Said(Update(Deployment(bad, "annotations: {a: c}, labels: {l: m}"), old)) == "");
  CHECK(Said(Update(
            "{apiVersion: apps/v1, kind: Deployment, spec: {replicas: 9, template: " + bad + "}}",
            old)) == "");
  CHECK(Said(Update(old, Deployment(Template("")))) != "");
  CHECK(Said(Update(old, Deployment(Template(Asking("train"), "hostNetwork: true")))) != "");
  const std::string beside = Deployment(Template(""), "annotations: {" + Asking("trains") + "}");
  CHECK(Said(Update(beside, beside)) == "");
  CHECK(Said(Update(beside, Deployment(Template("")))) != "");
}

TEST_CASE("only workloads that people make or change are told of") {
  const std::string bad = Deployment(Template(Asking("train")));
  AdmissionRequest request = Creation(bad);
  request.sub_resource = "scale";
  CHECK(Said(request) == "");
  request = Creation(bad);
  request.operation = "DELETE";
  CHECK(Said(request) == "");
  CHECK(Said(Creation(Deployment(Template(Asking("train")),
                                 "ownerReferences: [{kind: X, name: x, controller: true}]"))) ==
        "");
  CHECK(Said(Creation(
            Deployment(Template(Asking("train")), "ownerReferences: [{kind: X, name: x}]"))) != "");
  CHECK(Said(Creation("{apiVersion: v1, kind: Pod, metadata: {annotations: {" + Asking("train") +
                      "}}, spec: {containers: [{name: c}]}}")) == "");
  for (const std::string_view odd : {"{}", "[]", "text", "{apiVersion: apps/v1, kind: Deployment}"})
    CHECK(Said(Creation(odd)) == "");
}

TEST_CASE("kinds of the configuration are told of as well") {
  const std::string farm =
      "{apiVersion: example.com/v1, kind: Farm, spec: {pod: " + Template(Asking("train")) + "}}";
  InjectConfig config;
  CHECK(Said(Creation(farm), config) == "");
  config.pod_templates = {{"example.com/v1", "Farm", "spec.pod"}};
  CHECK(Said(Creation(farm), config) != "");
}

TEST_CASE("a long text has few lines, and so have many texts") {
  const auto lines = [](const std::string& said) {
    return std::count(said.begin(), said.end(), '\n') + 1;
  };
  std::string name;
  for (int i = 0; i < 100; ++i) name += "many words ";
  CHECK(lines(Said(Creation(Deployment(Template(Asking(name)))))) <= 5);
  std::string clauses;
  for (int i = 0; i < 100; ++i)
    clauses += "a clause that is longer than half of a line of a single warning; ";
  CHECK(lines(Said(Creation(Deployment(Template(Asking(clauses)))))) == 5);
  CHECK(lines(Said(Creation(Deployment(Template(Asking(std::string(5000, 'x'))))))) <= 5);
  std::string tasks;
  for (int i = 0; i < 1000; ++i)
    tasks += "{template: " + Template(Asking("nosuch" + std::to_string(i))) + "}, ";
  CHECK(lines(Said(Creation("{apiVersion: batch.volcano.sh/v1alpha1, kind: Job, spec: {tasks: [" +
                            tasks + "]}}"))) == 20);
}

}  // namespace
}  // namespace railhook

#include "webhook/inject/pod_templates.h"

#include "base/text.h"
#include "tests/webhook/inject/yaml_fixture.h"

namespace railhook {
namespace {

// The pointers of all places, with blanks between them.
std::string Places(std::string_view yaml, const std::vector<PodTemplateKind>& more = {}) {
  std::vector<std::string> pointers;
  for (const PodPlace& place : FindPods(OrderedFrom(yaml), more))
    pointers.push_back(PointerOf(place.path));
  return pointers.empty() ? "none" : Join(pointers, " ");
}

std::string Object(std::string_view version, std::string_view kind, std::string_view rest) {
  return "{apiVersion: " + std::string(version) + ", kind: " + std::string(kind) + ", " +
         std::string(rest) + '}';
}

TEST_CASE("where known kinds keep their pods") {
  const struct {
    std::string_view version, kind, rest;
    std::string_view want;
  } cases[] = {
      {"v1", "PodTemplate", "template: {}", "/template"},
      {"v1", "ReplicationController", "spec: {template: {}}", "/spec/template"},
      {"apps/v1", "Deployment", "spec: {template: {}}", "/spec/template"},
      {"apps/v1", "DaemonSet", "spec: {template: {}}", "/spec/template"},
      {"apps/v1", "ReplicaSet", "spec: {template: {}}", "/spec/template"},
      {"apps/v1", "StatefulSet", "spec: {template: {}}", "/spec/template"},
      {"batch/v1", "Job", "spec: {template: {}}", "/spec/template"},
      {"batch/v1", "CronJob", "spec: {jobTemplate: {spec: {template: {}}}}",
       "/spec/jobTemplate/spec/template"},
      {"jobset.x-k8s.io/v1alpha2", "JobSet",
       "spec: {replicatedJobs: [{template: {spec: {template: {}}}}, {template: {spec: {template: "
       "{}}}}]}",
       "/spec/replicatedJobs/0/template/spec/template "
       "/spec/replicatedJobs/1/template/spec/template"},
      {"leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet",
       "spec: {leaderWorkerTemplate: {workerTemplate: {}, leaderTemplate: {}}}",
       "/spec/leaderWorkerTemplate/leaderTemplate /spec/leaderWorkerTemplate/workerTemplate"},
      {"leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet",
       "spec: {leaderWorkerTemplate: {workerTemplate: {}}}",
       "/spec/leaderWorkerTemplate/workerTemplate"},
      {"kubeflow.org/v1", "PyTorchJob",
       "spec: {pytorchReplicaSpecs: {Worker: {template: {}}, Master: {template: {}}}}",
       "/spec/pytorchReplicaSpecs/Worker/template /spec/pytorchReplicaSpecs/Master/template"},
      {"kubeflow.org/v1", "TFJob", "spec: {tfReplicaSpecs: {PS: {template: {}}}}",
       "/spec/tfReplicaSpecs/PS/template"},
      {"kubeflow.org/v2beta1", "MPIJob", "spec: {mpiReplicaSpecs: {Launcher: {template: {}}}}",
       "/spec/mpiReplicaSpecs/Launcher/template"},
      {"ray.io/v1", "RayCluster",
       "spec: {headGroupSpec: {template: {}}, workerGroupSpecs: [{template: {}}]}",
       "/spec/headGroupSpec/template /spec/workerGroupSpecs/0/template"},
      {"ray.io/v1", "RayJob",
       "spec: {rayClusterSpec: {headGroupSpec: {template: {}}, workerGroupSpecs: [{template: "
       "{}}]}, submitterPodTemplate: {}}",
       "/spec/rayClusterSpec/headGroupSpec/template "
       "/spec/rayClusterSpec/workerGroupSpecs/0/template /spec/submitterPodTemplate"},
      {"batch.volcano.sh/v1alpha1", "Job",
       "spec: {tasks: [{template: {}}, {name: x}, {template: {}}]}",
       "/spec/tasks/0/template /spec/tasks/2/template"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.version);
    CAPTURE(c.kind);
    CHECK(Places(Object(c.version, c.kind, c.rest)) == c.want);
  }
}

TEST_CASE("a pod is its own place") {
  const auto places = FindPods(OrderedFrom("{apiVersion: v1, kind: Pod}"), {});
  REQUIRE(places.size() == 1);
  CHECK(places[0].path.empty());
}

TEST_CASE("objects that hold no pods") {
  for (const std::string_view yaml :
       {"{apiVersion: v1, kind: Service, spec: {template: {}}}",
        "{apiVersion: batch/v1, kind: Deployment, spec: {template: {}}}",
        "{apiVersion: v1, kind: Deployment, spec: {template: {}}}",
        "{apiVersion: v1/pods, kind: Pod}", "{apiVersion: v1}", "[]", "text", "5", "{}"}) {
    CAPTURE(yaml);
    CHECK(Places(yaml) == "none");
  }
}

TEST_CASE("members of odd types hold no pods") {
  for (const std::string_view rest : {"spec: ~", "spec: []", "spec: text", "spec: {template: ~}",
                                      "spec: {template: []}", "spec: {template: x}", "x: y"}) {
    CAPTURE(rest);
    CHECK(Places(Object("apps/v1", "Deployment", rest)) == "none");
  }
  CHECK(Places(Object("batch.volcano.sh/v1alpha1", "Job", "spec: {tasks: {a: {template: {}}}}")) ==
        "/spec/tasks/a/template");
  CHECK(Places(Object("batch.volcano.sh/v1alpha1", "Job", "spec: {tasks: text}")) == "none");
}

TEST_CASE("configuration adds kinds, by their exact apiVersion") {
  const std::vector<PodTemplateKind> more = {{"example.com/v1", "Farm", "spec.barns.*.template"},
                                             {"apps/v1", "Deployment", "spec.extra"}};
  CHECK(Places(Object("example.com/v1", "Farm",
                      "spec: {barns: {a/b: {template: {}}, c~d: {template: {}}}}"),
               more) == "/spec/barns/a~1b/template /spec/barns/c~0d/template");
  CHECK(Places(Object("example.com/v2", "Farm", "spec: {barns: [{template: {}}]}"), more) ==
        "none");
  CHECK(Places(Object("apps/v1", "Deployment", "spec: {template: {}, extra: {}}"), more) ==
        "/spec/template /spec/extra");
}

TEST_CASE("a place named twice is found once") {
  const std::vector<PodTemplateKind> again = {{"apps/v1", "Deployment", "spec.template"}};
  CHECK(Places(Object("apps/v1", "Deployment", "spec: {template: {}}"), again) == "/spec/template");
}

TEST_CASE("annotations of a workload that its templates lack are told, with where they belong") {
  constexpr std::string_view kRdma = "cni.spidernet.io/rdma-resource-inject: c";
  const std::string both = std::string(kRdma) + ", cni.spidernet.io/network-resource-inject: c";
  const auto metadata = [](std::string_view annotations) {
    return "metadata: {annotations: {" + std::string(annotations) + "}}";
  };
  const std::string on = metadata(kRdma) + ", ";
  const struct {
    std::string object;
    std::vector<std::string> want;
  } cases[] = {
      {Object("apps/v1", "Deployment", on + "spec: {template: {}}"),
       {"rdma-resource-inject stands on the Deployment, where nobody reads it: write it to "
        "spec.template.metadata.annotations"}},
      {Object("apps/v1", "Deployment", metadata(both) + ", spec: {template: {}}"),
       {"rdma-resource-inject", "network-resource-inject"}},
      {Object("batch/v1", "CronJob", on + "spec: {jobTemplate: {spec: {template: {}}}}"),
       {"spec.jobTemplate.spec.template.metadata.annotations"}},
      {Object("example.com/v1", "Farm", on + "spec: {pod: {}}"), {"spec.pod.metadata"}},
      {Object("apps/v1", "Deployment", on + "spec: {template: {" + metadata(kRdma) + "}}"), {}},
      {Object("batch.volcano.sh/v1alpha1", "Job",
              on + "spec: {tasks: [{template: {}}, {template: {" + metadata(kRdma) + "}}]}"),
       {"spec.tasks.0.template.metadata"}},
      {Object("apps/v1", "Deployment", "spec: {template: {}}"), {}},
      {Object("v1", "Pod", on + "spec: {}"), {}},
      {Object("v1", "Service", on + "spec: {}"), {}},
  };
  for (const auto& c : cases) {
    CAPTURE(c.object);
    const auto lines =
        MisplacedAnnotations(OrderedFrom(c.object), {{"example.com/v1", "Farm", "spec.pod"}});
    REQUIRE(lines.size() == c.want.size());
    for (std::size_t i = 0; i < lines.size(); ++i) CHECK(Mentions(lines[i], c.want[i]));
  }
}

}  // namespace
}  // namespace railhook

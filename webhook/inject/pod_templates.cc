#include "webhook/inject/pod_templates.h"

#include <set>
#include <string_view>

#include "base/json.h"
#include "base/text.h"
#include "multus/rail.h"

namespace railhook {
namespace {

// Paths of known kinds, by apiVersion's group; "*" stands for every item or member.
struct KnownKind {
  std::string_view group;
  std::string_view kind;
  std::string_view path;
};
constexpr KnownKind kKnown[] = {
    {"", "Pod", ""},
    {"", "PodTemplate", "template"},
    {"", "ReplicationController", "spec.template"},
    {"apps", "Deployment", "spec.template"},
    {"apps", "DaemonSet", "spec.template"},
    {"apps", "ReplicaSet", "spec.template"},
    {"apps", "StatefulSet", "spec.template"},
    {"batch", "Job", "spec.template"},
    {"batch", "CronJob", "spec.jobTemplate.spec.template"},
    {"jobset.x-k8s.io", "JobSet", "spec.replicatedJobs.*.template.spec.template"},
    {"leaderworkerset.x-k8s.io", "LeaderWorkerSet", "spec.leaderWorkerTemplate.leaderTemplate"},
    {"leaderworkerset.x-k8s.io", "LeaderWorkerSet", "spec.leaderWorkerTemplate.workerTemplate"},
    {"kubeflow.org", "PyTorchJob", "spec.pytorchReplicaSpecs.*.template"},
    {"kubeflow.org", "TFJob", "spec.tfReplicaSpecs.*.template"},
    {"kubeflow.org", "MPIJob", "spec.mpiReplicaSpecs.*.template"},
    {"kubeflow.org", "XGBoostJob", "spec.xgbReplicaSpecs.*.template"},
    {"kubeflow.org", "PaddleJob", "spec.paddleReplicaSpecs.*.template"},
    {"kubeflow.org", "JAXJob", "spec.jaxReplicaSpecs.*.template"},
    {"ray.io", "RayCluster", "spec.headGroupSpec.template"},
    {"ray.io", "RayCluster", "spec.workerGroupSpecs.*.template"},
    {"ray.io", "RayJob", "spec.rayClusterSpec.headGroupSpec.template"},
    {"ray.io", "RayJob", "spec.rayClusterSpec.workerGroupSpecs.*.template"},
    {"ray.io", "RayJob", "spec.submitterPodTemplate"},
    {"batch.volcano.sh", "Job", "spec.tasks.*.template"},
};

template <typename AnyJson>
bool IsAnnotated(const AnyJson& object, JsonPath path, const std::string& annotation) {
  path.insert(path.end(), {"metadata", "annotations", annotation});
  return object.contains(typename AnyJson::json_pointer(PointerOf(path)));
}

// Walks down `path` and collects every object that it leads to.
template <typename AnyJson>
void Walk(const AnyJson& value, std::string_view path, JsonPath& at,
          std::vector<PodPlace>& places) {
  if (path.empty()) {
    if (value.is_object()) places.push_back({at});
    return;
  }
  const auto dot = path.find('.');
  const std::string_view step = path.substr(0, dot);
  const std::string_view rest = dot == std::string_view::npos ? "" : path.substr(dot + 1);
  if (!value.is_structured()) return;
  for (const auto& [name, child] : value.items()) {
    if (step != "*" && (step != name || value.is_array())) continue;
    at.push_back(name);
    Walk(child, rest, at, places);
    at.pop_back();
  }
}

}  // namespace

template <typename AnyJson>
std::vector<PodPlace> FindPods(const AnyJson& object, const std::vector<PodTemplateKind>& more) {
  std::vector<PodPlace> places;
  const std::string version = MemberText(object, "apiVersion");
  const std::string kind = MemberText(object, "kind");
  const auto slash = version.find('/');
  const std::string group = slash == std::string::npos ? "" : version.substr(0, slash);
  JsonPath at;
  for (const KnownKind& known : kKnown) {
    if (known.group == group && known.kind == kind) Walk(object, known.path, at, places);
  }
  for (const PodTemplateKind& known : more) {
    if (known.api_version == version && known.kind == kind) Walk(object, known.path, at, places);
  }
  std::set<JsonPath> seen;
  std::erase_if(places, [&](const PodPlace& place) { return !seen.insert(place.path).second; });
  return places;
}

template <typename AnyJson>
std::vector<std::string> MisplacedAnnotations(const AnyJson& object,
                                              const std::vector<PodTemplateKind>& more) {
  std::vector<std::string> lines;
  const auto places = FindPods(object, more);
  if (places.empty() || places.front().path.empty()) return lines;
  for (const InjectKey key : {InjectKey::kRdma, InjectKey::kNetwork}) {
    const std::string name(AnnotationOf(key));
    const JsonPath& first = places.front().path;
    if (!IsAnnotated(object, {}, name) || IsAnnotated(object, first, name)) continue;
    lines.push_back("annotation " + name + " stands on the " + MemberText(object, "kind") +
                    ", where nobody reads it: write it to " + Join(first, ".") +
                    ".metadata.annotations");
  }
  return lines;
}

template std::vector<PodPlace> FindPods(const Json&, const std::vector<PodTemplateKind>&);
template std::vector<PodPlace> FindPods(const OrderedJson&, const std::vector<PodTemplateKind>&);
template std::vector<std::string> MisplacedAnnotations(const Json&,
                                                       const std::vector<PodTemplateKind>&);
template std::vector<std::string> MisplacedAnnotations(const OrderedJson&,
                                                       const std::vector<PodTemplateKind>&);

}  // namespace railhook

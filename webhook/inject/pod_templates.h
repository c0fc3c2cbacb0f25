#pragma once
// Where the pods and pod templates of an object stand: in a Pod, a Deployment, a Job, a PyTorchJob,
// a RayCluster, ...

#include <string>
#include <vector>

#include "webhook/admission/patch.h"
#include "webhook/inject/config.h"

namespace railhook {

struct PodPlace {
  JsonPath path;  // of the pod or template in the object; empty where the object is a pod
};

// All places in `object`, each once, in the order of the object; none in an object that holds no
// pods. `more` are kinds beyond the ones that railhook knows: the built-in workloads, JobSet,
// LeaderWorkerSet, Kubeflow's jobs, Ray's, Volcano's. AnyJson is nlohmann's json or ordered_json.
template <typename AnyJson>
std::vector<PodPlace> FindPods(const AnyJson& object, const std::vector<PodTemplateKind>& more);

// A line for each annotation of either key that stands on a workload and not on its first pod
// template: it counts on templates alone.
template <typename AnyJson>
std::vector<std::string> MisplacedAnnotations(const AnyJson& object,
                                              const std::vector<PodTemplateKind>& more);

}  // namespace railhook

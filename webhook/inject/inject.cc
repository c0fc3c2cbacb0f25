#include "webhook/inject/inject.h"

#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "webhook/admission/response.h"
#include "webhook/inject/extras.h"
#include "webhook/inject/namespace_pools.h"
#include "webhook/inject/networks.h"
#include "webhook/inject/pod.h"
#include "webhook/inject/resources.h"
#include "webhook/inject/select_rails.h"
#include "webhook/inject/target.h"

namespace railhook {
namespace {

constexpr std::size_t kMaxMessage = 8192;  // of a denial

constexpr std::string_view kMirrorAnnotation = "kubernetes.io/config.mirror";

// Spiderpool's IPAM refuses the rails of a pod that also carries one of these.
constexpr std::string_view kIpamAnnotations[] = {
    "ipam.spidernet.io/ippool", "ipam.spidernet.io/ippools", "ipam.spidernet.io/subnet",
    "ipam.spidernet.io/subnets"};

const StringMap& AnnotationsOf(const NamespaceMeta* name_space) {
  static const StringMap kNone;
  return name_space == nullptr ? kNone : name_space->annotations;
}

std::string StatusOf(const RailRequest& request, const std::vector<std::string>& rails,
                     const ResourceCounts& needs, const Container& target) {
  OrderedJson status;
  status["class"] = Join(request.classes, ",");
  status["key"] = AnnotationOf(request.key);
  status["rails"] = rails;
  status["resources"] = OrderedJson::object();
  for (const auto& [resource, need] : needs) status["resources"][resource] = need;
  status["container"] = target.name;
  return Compact(status);
}

void SetResource(const ResourceSetting& setting, PatchBuilder& patch) {
  const std::string list = setting.container->init ? "initContainers" : "containers";
  JsonPath path = {"spec",      list,     std::to_string(setting.container->position),
                   "resources", "limits", setting.resource};
  if (!setting.limit.empty()) patch.Set(path, setting.limit);
  path[4] = "requests";
  if (!setting.request.empty()) patch.Set(path, setting.request);
}

// One injection on its way.
class Injector {
 public:
  Injector(const Json& pod, std::string_view pod_namespace, const RailIndex& index,
           const InjectConfig& config)
      : pod_(pod), namespace_(pod_namespace), index_(index), config_(config) {}

  Injection Run() && {
    auto done = Decide();
    if (!done) {
      injection_.verdict = Verdict::kDenied;
      injection_.message = OneLine(done.error().message, kMaxMessage);
      injection_.refused_over = step_;
      injection_.unknown_class = done.error().code == ErrorCode::kNotFound;
      injection_.rails.clear();
      injection_.patch = Patch();
    }
    for (std::string& warning : injection_.warnings) warning = OneLine(warning, kMaxWarning);
    return std::move(injection_);
  }

 private:
  Result<> Decide() {
    const Pod head = TRY(ReadPodHead(pod_));
    if (head.annotations.contains(kMirrorAnnotation)) return Skip(SkipReason::kMirrorPod);
    if (const auto reason = WhyNotAsking(head); reason != SkipReason::kNone) return Skip(reason);
    const Pod pod = TRY(ReadPod(pod_));
    if (const auto reason = WhyLeftOut(pod); reason != SkipReason::kNone) return Skip(reason);
    if (pod.containers.empty()) return Skip(SkipReason::kNoContainers);
    return Give(pod);
  }

  Result<> Skip(SkipReason reason) {
    injection_.skipped = reason;
    return {};
  }

  SkipReason WhyNotAsking(const Pod& head) {
    const NamespaceMeta* name_space = config_.namespace_defaults == NamespaceDefaults::kOff
                                          ? nullptr
                                          : index_.FindNamespace(namespace_);
    injection_.request = FindRailRequest(head.annotations, AnnotationsOf(name_space));
    if (!injection_.request) return SkipReason::kDoesNotAsk;
    const RailRequest& request = *injection_.request;
    only_gpu_pods_ = request.asker == Asker::kNamespace && name_space->inherit == "gpu" &&
                     config_.namespace_defaults == NamespaceDefaults::kLabel;
    return request.classes.empty() ? SkipReason::kOptsOut : SkipReason::kNone;
  }

  // Pods that ask but must not get rails; those that asked themselves are told.
  SkipReason WhyLeftOut(const Pod& pod) {
    if (only_gpu_pods_ && !PodAsksForGpu(pod, config_.gpu_resources, KnownRails()))
      return SkipReason::kNoGpu;
    if (!config_.enabled) {
      return LeaveOut(SkipReason::kDisabled,
                      "podResourceInject.enabled is false in railhook's configuration");
    }
    if (!config_.Covers(namespace_)) {
      return LeaveOut(SkipReason::kNamespaceLeftOut,
                      "railhook's configuration leaves out namespace " + std::string(namespace_));
    }
    if (!pod.host_network) return SkipReason::kNone;
    return LeaveOut(SkipReason::kHostNetwork, "a hostNetwork pod has no networks of its own");
  }

  // The rails of the asked classes, as far as there are any.
  std::vector<const Rail*> KnownRails() const {
    std::vector<const Rail*> rails;
    for (const std::string& name : injection_.request->classes) {
      const auto found =
          index_.Find(injection_.request->key, name, namespace_, config_.rail_namespaces);
      rails.insert(rails.end(), found.begin(), found.end());
    }
    return rails;
  }

  // A pod whose namespace asked for it is left out silently.
  SkipReason LeaveOut(SkipReason reason, const std::string& why) {
    if (injection_.request->asker != Asker::kPod) return reason;
    WarnOfBothKeys();
    injection_.warnings.push_back("no rails: " + why);
    return reason;
  }

  void WarnOfBothKeys() {
    if (!injection_.request->has_both_keys) return;
    injection_.warnings.push_back(std::string(AnnotationOf(InjectKey::kNetwork)) +
                                  " is ignored: rdma-resource-inject is there too");
  }

  Result<> Give(const Pod& pod) {
    const RailRequest& request = *injection_.request;
    WarnOfBothKeys();
    step_ = "rails";
    const auto rails = TRY(SelectRails(request, pod, namespace_, index_, config_));
    for (const Rail* rail : rails) injection_.rails.push_back(rail->Id());
    step_ = "networks";
    const auto networks =
        TRY(PlanNetworks(pod, namespace_, rails, index_, config_.existing_networks));
    Warn(networks.warnings);
    step_ = "container";
    const Target chosen = TRY(ChooseTarget(pod, rails, config_.gpu_resources));
    const Container& target = *chosen.container;
    const auto needs = CountNeeds(networks.attachments);
    PatchBuilder patch(pod_);
    patch.Set({"metadata", "annotations", std::string(kNetworksAnnotation)}, networks.annotation);
    RemoveIpamAnnotations(pod, patch);
    step_ = "resources";
    for (const ResourceSetting& setting : TRY(PlanResources(pod, needs, target)))
      SetResource(setting, patch);
    step_ = "extras";
    Warn(TRY(AddExtras(pod_, request, rails, target, config_, patch)));
    patch.Set({"metadata", "annotations", std::string(kStatusAnnotation)},
              StatusOf(request, injection_.rails, needs, target));
    Warn(DescribeNamespacePools(AnnotationsOf(index_.FindNamespace(namespace_)), rails));
    injection_.container = target.name;
    injection_.container_reason = chosen.reason;
    injection_.needs = needs;
    injection_.patch = std::move(patch).Build();
    injection_.verdict = Verdict::kInjected;
    return {};
  }

  void RemoveIpamAnnotations(const Pod& pod, PatchBuilder& patch) {
    for (const std::string_view key : kIpamAnnotations) {
      const std::string* value = pod.Annotation(key);
      if (value == nullptr) continue;
      patch.Remove({"metadata", "annotations", std::string(key)});
      injection_.warnings.push_back(
          "removed, as it keeps rails from their addresses: " + std::string(key) + ": " + *value);
    }
  }

  void Warn(const std::vector<std::string>& warnings) {
    injection_.warnings.insert(injection_.warnings.end(), warnings.begin(), warnings.end());
  }

  const Json& pod_;
  const std::string_view namespace_;
  const RailIndex& index_;
  const InjectConfig& config_;
  bool only_gpu_pods_ = false;
  std::string_view step_ = "pod";
  Injection injection_;
};

}  // namespace

Injection Inject(const Json& pod, std::string_view pod_namespace, const RailIndex& index,
                 const InjectConfig& config) {
  return Injector(pod, pod_namespace, index, config).Run();
}

bool LacksInheritLabel(const Injection& injection, std::string_view pod_namespace,
                       const RailIndex& index, const InjectConfig& config) {
  const bool inherits = injection.verdict != Verdict::kSkipped && injection.request &&
                        injection.request->asker == Asker::kNamespace;
  return inherits && config.namespace_defaults == NamespaceDefaults::kLabel &&
         !index.FindNamespace(pod_namespace)->Inherits();
}

}  // namespace railhook

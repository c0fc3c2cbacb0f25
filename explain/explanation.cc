#include "explain/explanation.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/contains.h"
#include "base/json.h"
#include "base/text.h"
#include "k8sclient/quantity.h"
#include "webhook/inject/networks.h"
#include "webhook/inject/pod.h"

namespace railhook {
namespace {

// Puts together the explanation of one pod.
class Explainer {
 public:
  Explainer(const Json& pod, std::string_view pod_namespace, const RailIndex& index,
            const InjectConfig& config)
      : pod_(pod), namespace_(pod_namespace), index_(index), config_(config) {}

  Explanation Run() && {
    explained_.injection = Inject(pod_, namespace_, index_, config_);
    DecideOutcome();
    if (injection().skipped == SkipReason::kDoesNotAsk)
      explained_.classes = index_.Classes(InjectKey::kRdma);
    if (injection().verdict == Verdict::kInjected) ExplainGift();
    if (injection().verdict != Verdict::kSkipped && injection().request) FindMissing();
    return std::move(explained_);
  }

 private:
  const Injection& injection() const { return explained_.injection; }

  void DecideOutcome() {
    if (LacksInheritLabel(injection(), namespace_, index_, config_))
      explained_.why_none = WhyNotCalled();
    else if (injection().verdict == Verdict::kSkipped)
      explained_.why_none = WhySkipped();
    else
      explained_.outcome =
          injection().verdict == Verdict::kInjected ? Outcome::kRails : Outcome::kRefused;
  }

  std::string Namespace() const { return "namespace " + Quoted(namespace_); }

  // "annotation KEY="VALUE" of the pod".
  std::string Asking() const {
    const RailRequest& request = *injection().request;
    return request.Annotation() + (request.asker == Asker::kPod ? "" : " of " + Namespace());
  }

  std::string WhyNotCalled() const {
    return Namespace() + " asks for them, but lacks the label railhook.io/inherit=\"true\": the " +
           "API server doesn't call railhook for its pods";
  }

  std::string WhySkipped() const {
    switch (injection().skipped) {
      case SkipReason::kMirrorPod:
        return "it is a mirror pod, which the kubelet has made from a file of its node";
      case SkipReason::kOptsOut:
        return Asking() + " opts out";
      case SkipReason::kNoGpu:
        return Namespace() + " gives rails to pods that ask for GPUs (label railhook.io/inherit: " +
               "gpu), and no container asks for any";
      case SkipReason::kDisabled:
        return "podResourceInject.enabled is false in railhook's configuration";
      case SkipReason::kNamespaceLeftOut:
        return WhyNamespaceIsLeftOut();
      case SkipReason::kHostNetwork:
        return "it has hostNetwork: true, and Multus does not run for such pods";
      case SkipReason::kNoContainers:
        return "it has no containers";
      case SkipReason::kDoesNotAsk:
      case SkipReason::kNone:
        break;
    }
    return WhyNotAsking();
  }

  std::string WhyNamespaceIsLeftOut() const {
    if (Contains(config_.namespaces_exclude, namespace_))
      return Namespace() + " is in podResourceInject.namespacesExclude";
    if (!config_.namespaces_include.empty() && !Contains(config_.namespaces_include, namespace_))
      return Namespace() + " is not in podResourceInject.namespacesInclude";
    return Namespace() + " never gets rails: it is one of the system's, or railhook's own";
  }

  std::string WhyNotAsking() const {
    const NamespaceMeta* known = index_.FindNamespace(namespace_);
    if (known == nullptr)
      return "it has no annotation that asks for them, and " + Namespace() + " is not known here";
    for (const InjectKey key : {InjectKey::kRdma, InjectKey::kNetwork}) {
      if (known->annotations.contains(AnnotationOf(key)))
        return "it has no annotation itself, and that of " + Namespace() +
               " doesn't count, as namespaceDefaults is off";
    }
    return "neither it nor " + Namespace() + " has an annotation that asks for them";
  }

  void ExplainGift() {
    const auto after = injection().patch.Apply(pod_);
    const auto before = ReadPod(pod_);
    if (!after || !before) return;  // Inject has read and tried both
    ListAttachments(*after);
    CountUnits(*before);
    ListExtras(*after);
    ListUnknownPools();
  }

  void ListAttachments(const Json& after) {
    const std::string value =
        TextMember(Member(Member(&after, "metadata"), "annotations"), kNetworksAnnotation);
    const auto networks = ParseNetworks(value, namespace_);
    if (!networks) return;
    for (std::size_t i = 0; i < networks->size(); ++i) {
      const NetworkSelection& network = (*networks)[i];
      const std::string id = network.Id();
      const std::string numbered = "net" + std::to_string(i + 1);
      explained_.attachments.push_back({network.interface.empty() ? numbered : network.interface,
                                        id, index_.FindNetwork(network.name_space, network.name),
                                        Contains(injection().rails, id)});
    }
  }

  void CountUnits(const Pod& before) {
    for (const auto& [resource, needed] : injection().needs) {
      UnitCount units{resource, needed, 0, Sharing(resource)};
      for (const auto* containers : {&before.containers, &before.sidecars}) {
        for (const Container& container : *containers) {
          const std::string* asked = container.Asked(resource);
          if (asked != nullptr) units.asked += ParseCount(*asked).value_or(0);
        }
      }
      explained_.units.push_back(std::move(units));
    }
  }

  std::size_t Sharing(const std::string& resource) const {
    const auto& all = explained_.attachments;
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const auto& one) {
      return one.rail != nullptr && one.rail->resource == resource && !one.rail->exclusive;
    }));
  }

  // What is in the pod now and wasn't before, beside annotations and resources.
  void ListExtras(const Json& after) {
    const Json* target = ContainerNamed(after);
    const Json* old = ContainerNamed(pod_);
    const auto capabilities = [](const Json* container) -> const std::vector<Json>& {
      return ItemsOf(Member(Member(container, "securityContext"), "capabilities"), "add");
    };
    AddNew("capability ", Texts(capabilities(target)), Texts(capabilities(old)));
    AddNew("variable ", Names(ItemsOf(target, "env")), Names(ItemsOf(old, "env")));
    AddNew("volume ", Names(ItemsOf(Member(&after, "spec"), "volumes")),
           Names(ItemsOf(Member(&pod_, "spec"), "volumes")));
    AddNew("node label ", Labels(after), Labels(pod_));
  }

  const Json* ContainerNamed(const Json& pod) const {
    const auto& containers = ItemsOf(Member(&pod, "spec"), "containers");
    const auto found = std::find_if(containers.begin(), containers.end(), [&](const Json& c) {
      return TextMember(&c, "name") == injection().container;
    });
    return found == containers.end() ? nullptr : &*found;
  }

  static std::set<std::string> Texts(const std::vector<Json>& list) {
    std::set<std::string> texts;
    for (const Json& item : list) texts.insert(item.is_string() ? item.get<std::string>() : "");
    return texts;
  }

  static std::set<std::string> Names(const std::vector<Json>& list) {
    std::set<std::string> names;
    for (const Json& item : list) names.insert(TextMember(&item, "name"));
    return names;
  }

  static std::set<std::string> Labels(const Json& pod) {
    std::set<std::string> labels;
    const auto selector =
        ReadStringMap(Member(Member(&pod, "spec"), "nodeSelector"), "spec.nodeSelector");
    if (!selector) return labels;
    for (const auto& [key, value] : *selector) labels.insert(key + '=' + value);
    return labels;
  }

  void AddNew(std::string_view what, const std::set<std::string>& now,
              const std::set<std::string>& before) {
    for (const std::string& name : now) {
      if (!before.contains(name)) explained_.extras.push_back(std::string(what) + name);
    }
  }

  void ListUnknownPools() {
    for (const Attachment& attachment : explained_.attachments) {
      if (attachment.rail == nullptr) continue;
      for (const std::string& pool : index_.UnknownPools(*attachment.rail))
        explained_.unknown_pools.push_back(pool + " of " + attachment.network);
    }
  }

  // The rails of the classes that the pod doesn't get.
  void FindMissing() {
    for (const Rail& rail : index_.rails()) {
      if (!IsOfRequest(rail) || Contains(injection().rails, rail.Id())) continue;
      MissingRail missing{&rail, WhyLeftOut(rail), {}};
      if (missing.left_out.empty()) missing.problems = ProblemsOf(rail);
      explained_.missing.push_back(std::move(missing));
    }
  }

  bool IsOfRequest(const Rail& rail) const {
    const auto& classes = rail.Classes(injection().request->key);
    const auto& asked = injection().request->classes;
    return std::any_of(asked.begin(), asked.end(),
                       [&](const std::string& name) { return Contains(classes, name); });
  }

  std::string WhyLeftOut(const Rail& rail) const {
    switch (ReachOf(rail, namespace_, config_.rail_namespaces)) {
      case Reach::kDeleting:
        return "is being deleted";
      case Reach::kOwnNamespaceOnly:
        return "serves pods of its own namespace only, as that is not in railNamespaces";
      case Reach::kNamespaceNotListed:
        return "its namespace is not in railNamespaces";
      case Reach::kServes:
        break;
    }
    return "";
  }

  std::vector<std::string> ProblemsOf(const Rail& rail) const {
    std::vector<std::string> problems;
    for (const Problem& problem : rail.ProblemsFor(injection().request->key))
      problems.push_back(problem.text);
    return problems;
  }

  const Json& pod_;
  const std::string_view namespace_;
  const RailIndex& index_;
  const InjectConfig& config_;
  Explanation explained_;
};

}  // namespace

Explanation Explain(const Json& pod, std::string_view pod_namespace, const RailIndex& index,
                    const InjectConfig& config) {
  return Explainer(pod, pod_namespace, index, config).Run();
}

}  // namespace railhook

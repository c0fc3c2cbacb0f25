#include "explain/pod_needs.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "k8sclient/quantity.h"

namespace railhook {
namespace {

Result<> ReadAmounts(const Json* quantities, std::string_view field, ResourceAmounts& amounts) {
  if (quantities == nullptr) return {};
  for (const auto& [resource, quantity] : quantities->items()) {
    if (quantity.is_null() || amounts.contains(resource)) continue;
    const std::string text = quantity.is_string() ? quantity.get<std::string>() : Compact(quantity);
    auto amount = ParseAmount(resource, text);
    if (!amount) return Fail(std::string(field) + ", " + resource, amount.error());
    amounts[resource] = *amount;
  }
  return {};
}

// Requests, and limits where there is no request.
Result<ResourceAmounts> RequestsIn(const Json* resources, const std::string& who) {
  ResourceAmounts amounts;
  TRY(ReadAmounts(Member(resources, "requests"), who + " requests", amounts));
  TRY(ReadAmounts(Member(resources, "limits"), who + " limits", amounts));
  return amounts;
}

Result<ResourceAmounts> RequestsOf(const Json& container) {
  return RequestsIn(Member(&container, "resources"),
                    "container " + Quoted(TextMember(&container, "name")));
}

void KeepLarger(ResourceAmounts& amounts, const ResourceAmounts& others) {
  for (const auto& [resource, amount] : others) {
    std::int64_t& kept = amounts[resource];
    kept = std::max(kept, amount);
  }
}

// The most that is taken at a time: by the containers, or by an init container on the way there.
Result<ResourceAmounts> SumOfContainers(const Json* spec) {
  ResourceAmounts running, sidecars, most;
  for (const Json& container : ItemsOf(spec, "containers"))
    Add(running, TRY(RequestsOf(container)));
  for (const Json& container : ItemsOf(spec, "initContainers")) {
    ResourceAmounts amounts = TRY(RequestsOf(container));
    const bool sidecar = TextMember(&container, "restartPolicy") == "Always";
    if (sidecar) Add(running, amounts);
    Add(sidecar ? sidecars : amounts, sidecar ? amounts : sidecars);
    KeepLarger(most, sidecar ? sidecars : amounts);
  }
  KeepLarger(most, running);
  return most;
}

// spec.resources, which replaces the sum for the resources that it may name.
Result<> ApplyPodLevel(const Json* spec, ResourceAmounts& requests) {
  for (const auto& [resource, amount] :
       TRY(RequestsIn(Member(spec, "resources"), "spec.resources"))) {
    requests[resource] = amount;
  }
  return {};
}

Toleration ReadToleration(const Json& object) {
  return {TextMember(&object, "key"), TextMember(&object, "operator") == "Exists",
          TextMember(&object, "value"), TextMember(&object, "effect")};
}

bool ClaimsVolumes(const Json* spec) {
  const auto& volumes = ItemsOf(spec, "volumes");
  return std::any_of(volumes.begin(), volumes.end(), [](const Json& volume) {
    return Member(&volume, "persistentVolumeClaim") != nullptr ||
           Member(&volume, "ephemeral") != nullptr;
  });
}

std::vector<std::string> NotJudged(const Json* spec) {
  std::vector<std::string> fields;
  for (const std::string_view field : {"affinity", "topologySpreadConstraints", "resourceClaims"}) {
    const Json* value = Member(spec, field);
    if (value != nullptr && !value->empty()) fields.emplace_back(field);
  }
  if (ClaimsVolumes(spec)) fields.emplace_back("volume claims");
  return fields;
}

}  // namespace

bool Toleration::Tolerates(const Taint& taint) const {
  if (!effect.empty() && effect != taint.effect) return false;
  if (key.empty()) return exists;
  return key == taint.key && (exists || value == taint.value);
}

bool PodNeeds::Tolerates(const Taint& taint) const {
  return std::any_of(tolerations.begin(), tolerations.end(),
                     [&](const Toleration& toleration) { return toleration.Tolerates(taint); });
}

Result<ResourceAmounts> ReadRequests(const Json& pod) {
  const Json* spec = Member(&pod, "spec");
  ResourceAmounts requests = TRY(SumOfContainers(spec));
  TRY(ApplyPodLevel(spec, requests));
  ResourceAmounts overhead;
  TRY(ReadAmounts(Member(spec, "overhead"), "spec.overhead", overhead));
  Add(requests, overhead);
  requests["pods"] = 1;
  std::erase_if(requests, [](const auto& request) { return request.second == 0; });
  return requests;
}

Result<PodNeeds> ReadPodNeeds(const Json& pod) {
  const Json* spec = Member(&pod, "spec");
  PodNeeds needs;
  needs.requests = TRY(ReadRequests(pod));
  needs.node_name = TextMember(spec, "nodeName");
  needs.node_selector = TRY(ReadStringMap(Member(spec, "nodeSelector"), "spec.nodeSelector"));
  for (const Json& toleration : ItemsOf(spec, "tolerations"))
    needs.tolerations.push_back(ReadToleration(toleration));
  needs.not_judged = NotJudged(spec);
  return needs;
}

}  // namespace railhook

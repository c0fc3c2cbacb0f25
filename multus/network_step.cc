#include "multus/network_step.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "k8sclient/object.h"
#include "multus/rail.h"
#include "multus/rail_annotations.h"

namespace railhook {
namespace {

const Json* Metadata(const Json& object) { return Member(&object, "metadata"); }
std::string NameOf(const Json& object) { return TextMember(Metadata(object), "name"); }
std::string UidOf(const Json& object) { return TextMember(Metadata(object), "uid"); }
bool IsDeleting(const Json& object) {
  return Member(Metadata(object), "deletionTimestamp") != nullptr;
}

std::string ConfigOf(const Json& network) { return TextMember(Member(&network, "spec"), "config"); }

// Keys in another order are the same configuration.
bool IsSameConfig(const std::string& a, const std::string& b) {
  if (a == b) return true;
  const auto left = ParseJson(a);
  const auto right = ParseJson(b);
  return left && right && *left == *right;
}

bool IsSameOwner(const Json* a, const Json* b) {
  for (const std::string_view field : {"kind", "name", "uid"})
    if (TextMember(a, field) != TextMember(b, field)) return false;
  return true;
}

enum class Standing { kOurs, kFormer, kNobodys, kOthers };

bool IsOfName(const Json& owner, const std::string& smc) {
  return IsSpiderMultusConfig(owner) && TextMember(&owner, "name") == smc;
}

Standing StandingOf(const Json& network, const Json& smc) {
  const auto of = [&](const Json& owner) {
    if (TextMember(&owner, "uid") == UidOf(smc)) return Standing::kOurs;
    return IsOfName(owner, NameOf(smc)) ? Standing::kFormer : Standing::kOthers;
  };
  if (const Json* controller = ControllerOf(network)) return of(*controller);
  for (const Json& owner : ItemsOf(Metadata(network), "ownerReferences"))
    if (of(owner) != Standing::kOthers) return of(owner);
  return Standing::kNobodys;
}

// Those of others, and the desired ones.
Json OwnersAfter(const Json& desired, const Json& existing) {
  Json owners = Json::array();
  const std::string keeper = TextMember(ControllerOf(desired), "name");
  for (const Json& owner : ItemsOf(Metadata(existing), "ownerReferences"))
    if (!IsOfName(owner, keeper)) owners.push_back(owner);
  for (const Json& owner : ItemsOf(Metadata(desired), "ownerReferences")) owners.push_back(owner);
  return owners;
}

Json AnnotationsDifference(const Json& desired, const Json& existing) {
  static const Json kNone = Json::object();
  const auto of = [](const Json& network) -> const Json& {
    const Json* annotations = Member(Metadata(network), "annotations");
    return annotations == nullptr ? kNone : *annotations;
  };
  const Json& wanted = of(desired);
  const Json& found = of(existing);
  Json difference = Json::object();
  for (const auto& [key, value] : wanted.items())
    if (!found.contains(key) || found[key] != value) difference[key] = value;
  for (const auto& [key, value] : found.items())
    if (IsSteering(key) && !wanted.contains(key)) difference[key] = nullptr;
  return difference;
}

std::string PartsOf(const Json& difference) {
  std::vector<std::string> parts;
  const Json* metadata = Metadata(difference);
  if (Member(metadata, "annotations") != nullptr) parts.emplace_back("annotations");
  if (difference.contains("spec")) parts.emplace_back("config");
  if (Member(metadata, "ownerReferences") != nullptr) parts.emplace_back("owner");
  return Join(parts, ",");
}

NetworkStep Refusal(const Json& existing, const std::string& why) {
  return {NetworkMove::kRefuse, "the NetworkAttachmentDefinition " + Quoted(NameOf(existing)) +
                                    ' ' + why + ", or write another name in " +
                                    AnnotationField(kCrNameAnnotation)};
}

NetworkStep JudgeUnowned(const Json& desired, const Json& existing) {
  if (!IsSameConfig(ConfigOf(desired), ConfigOf(existing))) {
    return Refusal(existing,
                   "belongs to nobody and has another spec.config, so that somebody may rely on "
                   "it: delete it");
  }
  return {NetworkMove::kTakeOver, PartsOf(DifferenceOf(desired, existing))};
}

NetworkStep JudgeOwn(const Json& desired, const Json& existing) {
  const std::string parts = PartsOf(DifferenceOf(desired, existing));
  return {parts.empty() ? NetworkMove::kNothing : NetworkMove::kUpdate, parts};
}

std::string Describe(const Json& owner) {
  return TextMember(&owner, "kind") + ' ' + Quoted(TextMember(&owner, "name"));
}

}  // namespace

std::string NetworkNameOf(const Json& smc) {
  const std::string renamed = TextMember(Member(Metadata(smc), "annotations"), kCrNameAnnotation);
  return Or(renamed, NameOf(smc));
}

const Json* ControllerOf(const Json& object) {
  const auto& owners = ItemsOf(Metadata(object), "ownerReferences");
  const auto found = std::ranges::find_if(owners, [](const Json& owner) {
    const Json* controller = Member(&owner, "controller");
    return controller != nullptr && *controller == true;
  });
  return found == owners.end() ? nullptr : &*found;
}

bool IsSpiderMultusConfig(const Json& owner) {
  return TextMember(&owner, "kind") == KindOf(RailSource::kSpiderMultusConfig) &&
         TextMember(&owner, "apiVersion").starts_with("spiderpool.spidernet.io/");
}

bool IsSteering(std::string_view annotation) {
  static constexpr std::string_view kDomains[] = {"cni.spidernet.io/", "multus.spidernet.io/",
                                                  "railhook.io/"};
  return annotation == kDeviceResourceAnnotation ||
         std::ranges::any_of(kDomains, [&](auto domain) { return annotation.starts_with(domain); });
}

Json DifferenceOf(const Json& desired, const Json& existing) {
  Json difference = Json::object();
  Json annotations = AnnotationsDifference(desired, existing);
  if (!annotations.empty()) difference["metadata"]["annotations"] = std::move(annotations);
  if (!IsSameOwner(ControllerOf(desired), ControllerOf(existing)))
    difference["metadata"]["ownerReferences"] = OwnersAfter(desired, existing);
  const std::string config = ConfigOf(desired);
  if (!IsSameConfig(config, ConfigOf(existing)))
    difference["spec"]["config"] = config.empty() ? Json() : Json(config);
  return difference;
}

NetworkStep NextNetworkStep(const Json* smc, const Result<Json>& desired, const Json* existing,
                            bool released) {
  if (existing != nullptr && IsDeleting(*existing)) return {};  // then it is made again
  if (existing != nullptr && released) return {NetworkMove::kDelete, ""};
  if (smc == nullptr || IsDeleting(*smc) || !desired) return {};
  if (existing == nullptr) return {NetworkMove::kCreate, ""};
  switch (StandingOf(*existing, *smc)) {
    case Standing::kOurs:
      return JudgeOwn(*desired, *existing);
    case Standing::kFormer:
      return {NetworkMove::kTakeOver, PartsOf(DifferenceOf(*desired, *existing))};
    case Standing::kNobodys:
      return JudgeUnowned(*desired, *existing);
    case Standing::kOthers:
      break;
  }
  return Refusal(*existing, "belongs to " + Describe(*ControllerOf(*existing)) + ": delete that");
}

std::size_t HolderOf(const std::vector<Json>& smcs, const Json* existing) {
  const Json* controller = existing == nullptr ? nullptr : ControllerOf(*existing);
  const std::string owner = TextMember(controller, "uid");
  const auto rank = [&](const Json& smc) {
    return std::tuple(owner.empty() || UidOf(smc) != owner,
                      TextMember(Metadata(smc), "creationTimestamp"), NameOf(smc));
  };
  return static_cast<std::size_t>(std::ranges::min_element(smcs, {}, rank) - smcs.begin());
}

}  // namespace railhook

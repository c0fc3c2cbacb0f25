#include "explain/comparison.h"

#include <algorithm>
#include <set>

#include "base/contains.h"
#include "base/json.h"
#include "base/text.h"
#include "webhook/inject/networks.h"
#include "webhook/inject/target.h"

namespace railhook {
namespace {

const Json* AnnotationIn(const Json& pod, std::string_view key) {
  return Member(Member(Member(&pod, "metadata"), "annotations"), key);
}

std::vector<std::string> Without(const std::vector<std::string>& list,
                                 const std::vector<std::string>& others) {
  std::vector<std::string> rest;
  std::copy_if(list.begin(), list.end(), std::back_inserter(rest),
               [&](const std::string& text) { return !Contains(others, text); });
  return rest;
}

std::vector<std::string> TextsIn(const std::vector<Json>& list) {
  std::vector<std::string> texts;
  for (const Json& item : list) {
    if (item.is_string()) texts.push_back(item.get<std::string>());
  }
  return texts;
}

// The networks of the pod's annotation, as "namespace/name"; none where it can't be read.
std::vector<std::string> NetworksOf(const Json& pod, std::string_view pod_namespace) {
  std::vector<std::string> ids;
  const Json* value = AnnotationIn(pod, kNetworksAnnotation);
  if (value == nullptr || !value->is_string()) return ids;
  const auto networks = ParseNetworks(value->get_ref<const std::string&>(), pod_namespace);
  if (!networks) return ids;
  for (const NetworkSelection& network : *networks) ids.push_back(network.Id());
  return ids;
}

// "a/b and a/c", for lines.
void AddList(const std::vector<std::string>& ids, std::string_view what,
             std::vector<std::string>& lines) {
  if (!ids.empty()) lines.push_back(std::string(what) + ": " + Join(ids, ", "));
}

void CompareRails(const std::vector<std::string>& then, const std::vector<std::string>& now,
                  std::vector<std::string>& lines) {
  const auto joined = Without(now, then);
  const auto left = Without(then, now);
  AddList(joined, "joined since", lines);
  AddList(left, "gone since", lines);
  if (joined.empty() && left.empty() && then != now) AddList(now, "the order is now", lines);
}

void CompareUnits(const ResourceCounts& then, const ResourceCounts& now,
                  std::vector<std::string>& lines) {
  std::set<std::string> resources;
  for (const auto* counts : {&then, &now}) {
    for (const auto& [resource, count] : *counts) resources.insert(resource);
  }
  const auto count_in = [](const ResourceCounts& counts, const std::string& resource) {
    const auto found = counts.find(resource);
    return found == counts.end() ? 0 : found->second;
  };
  for (const std::string& resource : resources) {
    const auto before = count_in(then, resource);
    const auto after = count_in(now, resource);
    if (before == after) continue;
    lines.push_back(resource + ": " + std::to_string(before) + " then, " + std::to_string(after) +
                    " now");
  }
}

}  // namespace

std::optional<InjectionStatus> ReadStatus(const Json& pod) {
  const Json* text = AnnotationIn(pod, kStatusAnnotation);
  if (text == nullptr || !text->is_string()) return std::nullopt;
  const auto json = ParseJson(text->get_ref<const std::string&>());
  if (!json || !json->is_object()) return std::nullopt;
  InjectionStatus status;
  status.classes = TextMember(&*json, "class");
  status.key = TextMember(&*json, "key");
  status.rails = TextsIn(ItemsOf(&*json, "rails"));
  status.container = TextMember(&*json, "container");
  const Json* resources = Member(&*json, "resources");
  if (resources == nullptr || !resources->is_object()) return status;
  for (const auto& [resource, count] : resources->items()) {
    if (count.is_number_integer()) status.resources[resource] = count.get<std::int64_t>();
  }
  return status;
}

Json WithoutRails(Json pod, std::string_view pod_namespace) {
  const auto status = ReadStatus(pod);
  const Json* value = AnnotationIn(pod, kNetworksAnnotation);
  if (!status || value == nullptr || !value->is_string()) return pod;
  const auto networks = ParseNetworks(value->get_ref<const std::string&>(), pod_namespace);
  if (!networks) return pod;
  Json own = Json::array();
  for (const NetworkSelection& network : *networks) {
    const bool given = network.plain && Contains(status->rails, network.Id());
    if (!given) own.push_back(Json::parse(network.json, nullptr, false));
  }
  Json& annotations = pod["metadata"]["annotations"];
  if (own.empty())
    annotations.erase(std::string(kNetworksAnnotation));
  else
    annotations[std::string(kNetworksAnnotation)] = Compact(own);
  return pod;
}

std::vector<std::string> Differences(const Json& pod, std::string_view pod_namespace,
                                     const InjectionStatus& then, const Explanation& today) {
  std::vector<std::string> lines;
  AddList(Without(then.rails, NetworksOf(pod, pod_namespace)),
          "in railhook.io/status, but not in " + std::string(kNetworksAnnotation), lines);
  if (today.injection.verdict != Verdict::kInjected) return lines;
  const std::string classes = Join(today.injection.request->classes, ",");
  if (classes != then.classes)
    lines.push_back("asked for " + Quoted(then.classes) + " then, " + Quoted(classes) + " now");
  CompareRails(then.rails, today.injection.rails, lines);
  CompareUnits(then.resources, today.injection.needs, lines);
  return lines;
}

PodState ReadPodState(const Json& pod) {
  PodState state;
  const Json* status = Member(&pod, "status");
  state.phase = TextMember(status, "phase");
  state.node = TextMember(Member(&pod, "spec"), "nodeName");
  for (const Json& condition : ItemsOf(status, "conditions")) {
    if (TextMember(&condition, "type") != "PodScheduled") continue;
    if (TextMember(&condition, "status") == "False")
      state.unscheduled =
          TextMember(&condition, "reason") + ": " + TextMember(&condition, "message");
  }
  return state;
}

}  // namespace railhook

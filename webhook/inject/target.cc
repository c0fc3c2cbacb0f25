#include "webhook/inject/target.h"

#include <fnmatch.h>

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "k8sclient/quantity.h"

namespace railhook {
namespace {

const Container* FindContainer(const Pod& pod, std::string_view name) {
  for (const Container& container : pod.containers) {
    if (container.name == name) return &container;
  }
  return nullptr;
}

template <typename Predicate>
const Container* FirstThat(const Pod& pod, Predicate predicate) {
  const auto found = std::find_if(pod.containers.begin(), pod.containers.end(), predicate);
  return found == pod.containers.end() ? nullptr : &*found;
}

Result<const Container*> NamedByAnnotation(const Pod& pod) {
  const std::string* name = pod.Annotation(kContainerAnnotation);
  if (name == nullptr) return nullptr;
  if (const Container* container = FindContainer(pod, *name)) return container;
  std::vector<std::string> names;
  for (const Container& container : pod.containers) names.push_back(container.name);
  const auto& inits = pod.init_containers;
  const bool init = std::find(inits.begin(), inits.end(), *name) != inits.end();
  return Fail(ErrorCode::kInvalid, "annotation " + std::string(kContainerAnnotation) + '=' +
                                       Quoted(*name) +
                                       (init ? " names an init container" : " names no container") +
                                       ": write one of " + Join(names, ", "));
}

const Container* NamedByStatus(const Pod& pod) {
  const std::string* text = pod.Annotation(kStatusAnnotation);
  if (text == nullptr) return nullptr;
  const auto status = ParseJson(*text);
  return status ? FindContainer(pod, TextMember(&*status, "container")) : nullptr;
}

bool IsRailResource(const std::string& resource, const std::vector<const Rail*>& rails) {
  return std::any_of(rails.begin(), rails.end(),
                     [&](const Rail* rail) { return rail->resource == resource; });
}

bool IsGpu(const std::string& resource, const std::vector<std::string>& patterns) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    return ::fnmatch(pattern.c_str(), resource.c_str(), 0) == 0;
  });
}

bool AsksForRail(const Container& container, const std::vector<const Rail*>& rails) {
  return std::any_of(rails.begin(), rails.end(), [&](const Rail* rail) {
    const std::string* asked = rail->resource.empty() ? nullptr : container.Asked(rail->resource);
    return asked != nullptr && IsAboveZero(*asked);
  });
}

}  // namespace

bool AsksForGpu(const Container& container, const std::vector<std::string>& gpu_resources,
                const std::vector<const Rail*>& rails) {
  for (const StringMap* quantities : {&container.limits, &container.requests}) {
    for (const auto& [resource, quantity] : *quantities) {
      if (IsAboveZero(quantity) && !IsRailResource(resource, rails) &&
          IsGpu(resource, gpu_resources))
        return true;
    }
  }
  return false;
}

bool PodAsksForGpu(const Pod& pod, const std::vector<std::string>& gpu_resources,
                   const std::vector<const Rail*>& rails) {
  return FirstThat(pod, [&](const Container& c) {
           return c.has_claims || AsksForGpu(c, gpu_resources, rails);
         }) != nullptr;
}

Result<Target> ChooseTarget(const Pod& pod, const std::vector<const Rail*>& rails,
                            const std::vector<std::string>& gpu_resources) {
  if (const Container* named = TRY(NamedByAnnotation(pod)))
    return Target{named, "the one that railhook.io/container names"};
  if (const Container* chosen = NamedByStatus(pod))
    return Target{chosen, "the one in railhook.io/status, chosen before"};
  if (const auto* asks = FirstThat(pod, [&](const Container& c) { return AsksForRail(c, rails); }))
    return Target{asks, "the first that asks for a resource of the rails"};
  if (const auto* gpu =
          FirstThat(pod, [&](const Container& c) { return AsksForGpu(c, gpu_resources, rails); }))
    return Target{gpu, "the first that asks for GPUs"};
  if (const auto* claims = FirstThat(pod, [](const Container& c) { return c.has_claims; }))
    return Target{claims, "the first with resource claims, as none asks for GPUs"};
  return Target{&pod.containers.front(), pod.containers.size() == 1
                                             ? "the only one"
                                             : "the first, as none asks for rails or GPUs"};
}

}  // namespace railhook

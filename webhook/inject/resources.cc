#include "webhook/inject/resources.h"

#include <limits>

#include "base/text.h"
#include "k8sclient/names.h"
#include "k8sclient/quantity.h"

namespace railhook {
namespace {

std::int64_t SaturatingAdd(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? std::numeric_limits<std::int64_t>::max() : sum;
}

std::vector<const Container*> LongRunning(const Pod& pod) {
  std::vector<const Container*> containers;
  for (const Container& container : pod.containers) containers.push_back(&container);
  for (const Container& container : pod.sidecars) containers.push_back(&container);
  return containers;
}

Result<std::int64_t> AskedCount(const Container& container, const std::string& resource) {
  const std::string* asked = container.Asked(resource);
  if (asked == nullptr) return 0;
  auto count = ParseCount(*asked);
  if (!count) {
    return Fail("container " + Quoted(container.name) + " asks for " + resource, count.error());
  }
  return count;
}

// The limit and the request that a container lacks beside the other one.
void AddCounterparts(const Container& container, const std::string& resource,
                     std::vector<ResourceSetting>& settings) {
  const bool has_limit = container.limits.contains(resource);
  const bool has_request = container.requests.contains(resource);
  if (has_limit == has_request) return;
  const std::string& value = *container.Asked(resource);
  settings.push_back({&container, resource, has_limit ? "" : value, has_request ? "" : value});
}

Result<> PlanResource(const Pod& pod, const std::string& resource, std::int64_t need,
                      const Container& target, std::vector<ResourceSetting>& settings) {
  const auto containers = LongRunning(pod);
  std::map<const Container*, std::int64_t> asked;
  std::int64_t have = 0;
  const Container* asking = nullptr;
  for (const Container* container : containers) {
    asked[container] = TRY(AskedCount(*container, resource));
    have = SaturatingAdd(have, asked[container]);
    if (asking == nullptr && asked[container] > 0 && !container->init) asking = container;
  }
  const Container* filled = have >= need ? nullptr : asking != nullptr ? asking : &target;
  for (const Container* container : containers) {
    if (container != filled && asked[container] > 0)
      AddCounterparts(*container, resource, settings);
  }
  if (filled == nullptr) return {};
  const std::string total = std::to_string(asked[filled] + need - have);
  settings.push_back({filled, resource, total, total});
  return {};
}

}  // namespace

ResourceCounts CountNeeds(const std::vector<const Rail*>& attachments) {
  ResourceCounts needs;
  for (const Rail* network : attachments) {
    if (!IsExtendedResource(network->resource)) continue;  // nobody could offer it
    needs[network->resource] += network->exclusive ? 1 : 0;
  }
  for (auto& [resource, need] : needs) need = std::max<std::int64_t>(need, 1);
  return needs;
}

Result<std::vector<ResourceSetting>> PlanResources(const Pod& pod, const ResourceCounts& needs,
                                                   const Container& target) {
  std::vector<ResourceSetting> settings;
  for (const auto& [resource, need] : needs)
    TRY(PlanResource(pod, resource, need, target, settings));
  return settings;
}

}  // namespace railhook

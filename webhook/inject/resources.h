#pragma once
// How many units of each resource a pod needs for its networks, and which container asks for what
// is missing.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "multus/rail.h"
#include "webhook/inject/pod.h"

namespace railhook {

using ResourceCounts = std::map<std::string, std::int64_t, std::less<>>;

// One unit for each exclusive attachment of a resource; one in all where only shared networks name
// it. What is no extended resource's name counts for nothing.
ResourceCounts CountNeeds(const std::vector<const Rail*>& attachments);

// What a container has to say of a resource; "" is left as it is.
struct ResourceSetting {
  const Container* container;
  std::string resource;
  std::string limit;
  std::string request;
};

// What is missing of `needs`, asked for by the first container that asks for some already, else by
// `target`; and a limit beside each request, a request beside each limit. More than needed stays.
// kInvalid names container, resource and value where a container asks for what is no count. The
// pointers live as long as `pod` and `target`.
Result<std::vector<ResourceSetting>> PlanResources(const Pod& pod, const ResourceCounts& needs,
                                                   const Container& target);

}  // namespace railhook

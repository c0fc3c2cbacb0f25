#include "webhook/inject/namespace_pools.h"

#include <algorithm>
#include <string_view>

#include "base/json.h"
#include "multus/rail_index.h"

namespace railhook {
namespace {

bool TakesAddressesFromPools(const Rail* rail) {
  return !rail->has_own_ipam && !rail->pools.empty();
}

bool IsListOfNames(const Json& value) {
  return value.is_array() &&
         std::all_of(value.begin(), value.end(), [](const Json& name) { return name.is_string(); });
}

// "" where the annotation changes nothing.
std::string Describe(std::string_view annotation, const std::string& value) {
  const auto pools = ParseJson(value);
  const std::string setting = std::string(annotation) + ": " + value;
  if (!pools || !IsListOfNames(*pools)) {
    return "rails get no addresses, as the namespace has no JSON list of names in " + setting;
  }
  return pools->empty() ? "" : "the namespace's pools beat those of the rails: " + setting;
}

}  // namespace

std::vector<std::string> DescribeNamespacePools(const StringMap& namespace_annotations,
                                                const std::vector<const Rail*>& rails) {
  std::vector<std::string> lines;
  if (std::none_of(rails.begin(), rails.end(), TakesAddressesFromPools)) return lines;
  for (const auto annotation : {kDefaultIpv4PoolAnnotation, kDefaultIpv6PoolAnnotation}) {
    const auto set = namespace_annotations.find(annotation);
    if (set == namespace_annotations.end()) continue;
    std::string line = Describe(annotation, set->second);
    if (!line.empty()) lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace railhook

#pragma once
// What railhook's patches change, in a few words for metrics.

#include <array>
#include <string_view>

#include "webhook/admission/patch.h"

namespace railhook {

enum class PatchedPart {
  kNetworks,   // the list of networks
  kStatus,     // the annotation railhook.io/status
  kPools,      // annotations of IPAM that are taken away
  kResources,  // limits and requests
  kExtras,     // what the configuration of a class adds
};
inline constexpr std::array<std::string_view, 5> kPatchedParts = {"networks", "status", "pools",
                                                                  "resources", "extras"};

// Whether the patch has something of each, in the order of the enumeration.
std::array<bool, kPatchedParts.size()> PartsOf(const Patch& patch);

}  // namespace railhook

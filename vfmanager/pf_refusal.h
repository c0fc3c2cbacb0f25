#pragma once
// What no step can bring about: firmware, cables, other people's VFs. Pure.

#include <optional>

#include "policy/merge.h"
#include "vfmanager/host_state.h"

namespace railhook {

// Why nothing may be done to a PF, and what to do instead. `ours`: its VFs are.
std::optional<Error> RefusalOf(const DesiredPf& desired, const PhysicalFunction& pf, bool ours);

}  // namespace railhook

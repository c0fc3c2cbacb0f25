#pragma once
// The part of a plan that is about one PF. Pure.

#include <optional>
#include <string>

#include "vfmanager/plan.h"

namespace railhook {

// So that `pf` becomes what `desired` says. `owned`: what of it is ours; none where nothing was
// recorded.
PfPlan PlanPf(const DesiredPf& desired, const PhysicalFunction& pf,
              const std::optional<OwnedPf>& owned, const PlanInput& input);

// Undoes what is ours of a PF that no policy chooses any more. `pf`: null where it is gone.
PfPlan PlanLeaving(const std::string& address, const PhysicalFunction* pf, const OwnedPf& owned);

}  // namespace railhook

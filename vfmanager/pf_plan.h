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

// Nothing but what a run that was killed left undone and only we would do: where the PF has a
// record (`owned`), drivers have new VFs again.
PfPlan PlanRefused(const PhysicalFunction& pf, bool owned, Error refusal);

// Undoes what is ours of a PF that no policy chooses any more. `pf`: null where it is gone.
PfPlan PlanLeaving(const std::string& address, const PhysicalFunction* pf, const OwnedPf& owned);

}  // namespace railhook

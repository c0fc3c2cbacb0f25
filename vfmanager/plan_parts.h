#pragma once
// The parts of a plan that may be carried out, and those that wait for pods. Pure.

#include <optional>
#include <string>
#include <vector>

#include "vfmanager/drain.h"
#include "vfmanager/plan.h"
#include "vfmanager/wanted.h"

namespace railhook {

struct HeldPf {
  std::string name;
  std::vector<NodePod> holders;  // none where they aren't known
};

struct PlanParts {
  Plan free;  // steps that take no VF away from a pod
  std::vector<HeldPf> held;
};

// Each pod once, of however many PFs it holds VFs.
std::vector<NodePod> AllHolders(const PlanParts& parts);

// Whether any PF's steps make VFs vanish: then who holds them has to be known.
bool TakesVfsAway(const Plan& plan);

// PFs whose VFs would vanish, or that would be let go, are refused, with `why` they stay.
Plan WithoutVanishing(Plan plan, const std::string& why);

// What is to be held back where it can't be known who holds VFs.
PlanParts PartWithoutPods(const Plan& plan);

// `prefix` is that of resources: "spidernet.io".
PlanParts Part(const Plan& plan, const HostState& host, const DesiredNode& desired,
               const std::string& prefix, const std::vector<NodePod>& pods,
               const std::optional<DeviceAllocations>& allocations);

}  // namespace railhook

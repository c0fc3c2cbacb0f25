#include "vfmanager/plan_parts.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace railhook {
namespace {

bool TakesAway(const PfPlan& pf) { return !pf.steps.empty() && !pf.vanishing.empty(); }

bool Forgets(const PfPlan& pf) {
  return std::ranges::count(pf.steps, StepKind::kForget, &Step::kind) > 0;
}

// Of steps that have to wait: drivers have new VFs again where a run that was killed left that off.
PfPlan OnlyProbing(PfPlan plan) {
  const bool off = std::ranges::count(plan.steps, StepKind::kStopProbing, &Step::kind) == 0;
  std::erase_if(plan.steps,
                [&](const Step& step) { return !off || step.kind != StepKind::kResumeProbing; });
  plan.vanishing.clear();
  return plan;
}

TextSet AddressesOf(const PfPlan& plan, const HostState& host) {
  TextSet addresses;
  const PhysicalFunction* pf = host.Find(plan.address);
  if (pf == nullptr) return addresses;
  for (const VirtualFunction& vf : pf->vfs)
    if (std::ranges::count(plan.vanishing, vf.index) > 0) addresses.insert(vf.address);
  return addresses;
}

TextSet ResourcesOf(const PfPlan& plan, const DesiredNode& desired, const std::string& prefix) {
  TextSet resources;
  for (const DesiredPf& pf : desired.pfs) {
    if (pf.address != plan.address) continue;
    for (const VfGroup& group : pf.groups) resources.insert(prefix + '/' + group.resource_name);
  }
  return resources;
}

}  // namespace

std::vector<NodePod> AllHolders(const PlanParts& parts) {
  std::vector<NodePod> all;
  for (const HeldPf& pf : parts.held) {
    for (const NodePod& pod : pf.holders)
      if (std::ranges::count(all, pod) == 0) all.push_back(pod);
  }
  return all;
}

bool TakesVfsAway(const Plan& plan) { return std::ranges::any_of(plan.pfs, TakesAway); }

Plan WithoutVanishing(Plan plan, const std::string& why) {
  for (PfPlan& pf : plan.pfs) {
    if (!TakesAway(pf) && !Forgets(pf)) continue;
    pf = OnlyProbing(std::move(pf));
    pf.refusal = Error{ErrorCode::kInvalid, "its VFs stay until " + why};
  }
  return plan;
}

PlanParts PartWithoutPods(const Plan& plan) {
  PlanParts parts{plan, {}};
  for (PfPlan& pf : parts.free.pfs) {
    if (!TakesAway(pf)) continue;
    parts.held.push_back({Or(pf.name, pf.address), {}});
    pf = OnlyProbing(std::move(pf));
  }
  return parts;
}

PlanParts Part(const Plan& plan, const HostState& host, const DesiredNode& desired,
               const std::string& prefix, const std::vector<NodePod>& pods,
               const std::optional<DeviceAllocations>& allocations) {
  PlanParts parts{plan, {}};
  for (PfPlan& pf : parts.free.pfs) {
    if (!TakesAway(pf)) continue;
    const VfDevices vfs{AddressesOf(pf, host), ResourcesOf(pf, desired, prefix)};
    auto holders = HoldersOf(vfs, pods, allocations);
    if (holders.empty()) continue;
    parts.held.push_back({Or(pf.name, pf.address), std::move(holders)});
    pf = OnlyProbing(std::move(pf));
  }
  return parts;
}

}  // namespace railhook

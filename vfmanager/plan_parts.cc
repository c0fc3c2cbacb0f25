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

Plan WithoutVanishing(Plan plan) {
  for (PfPlan& pf : plan.pfs) {
    if (!TakesAway(pf) && !Forgets(pf)) continue;
    pf.steps.clear();
    pf.vanishing.clear();
    pf.refusal = Error{ErrorCode::kInvalid,
                       "its VFs stay until all policies and pools of this node can be read"};
  }
  return plan;
}

PlanParts PartWithoutPods(const Plan& plan) {
  PlanParts parts{plan, {}};
  std::erase_if(parts.free.pfs, [&](const PfPlan& pf) {
    if (TakesAway(pf)) parts.held.push_back({Or(pf.name, pf.address), {}});
    return TakesAway(pf);
  });
  return parts;
}

PlanParts Part(const Plan& plan, const HostState& host, const DesiredNode& desired,
               const std::string& prefix, const std::vector<NodePod>& pods,
               const std::optional<DeviceAllocations>& allocations) {
  PlanParts parts{plan, {}};
  std::erase_if(parts.free.pfs, [&](const PfPlan& pf) {
    if (!TakesAway(pf)) return false;
    const VfDevices vfs{AddressesOf(pf, host), ResourcesOf(pf, desired, prefix)};
    auto holders = HoldersOf(vfs, pods, allocations);
    if (holders.empty()) return false;
    parts.held.push_back({Or(pf.name, pf.address), std::move(holders)});
    return true;
  });
  return parts;
}

}  // namespace railhook

#include "vfmanager/plan.h"

#include <algorithm>

#include "vfmanager/pf_plan.h"

namespace railhook {
namespace {

std::optional<OwnedPf> OwnedOf(const PlanInput& input, const PhysicalFunction& pf) {
  const auto found = input.owned.find(pf.address);
  if (found == input.owned.end()) return std::nullopt;
  return StillOwned(found->second, input.host.boot, pf.num_vfs);
}

const DesiredPf* DesiredAt(const PlanInput& input, const std::string& address) {
  const auto& pfs = input.desired.pfs;
  const auto found = std::find_if(pfs.begin(), pfs.end(),
                                  [&](const DesiredPf& pf) { return pf.address == address; });
  return found == pfs.end() ? nullptr : &*found;
}

std::optional<PfPlan> PlanOf(const PlanInput& input, const PhysicalFunction& pf) {
  const auto owned = OwnedOf(input, pf);
  const auto refused = input.desired.refused.find(pf.address);
  if (refused != input.desired.refused.end())
    return PlanRefused(pf, owned.has_value(), Error{ErrorCode::kInvalid, refused->second});
  if (const DesiredPf* desired = DesiredAt(input, pf.address))
    return PlanPf(*desired, pf, owned, input);
  if (owned) return PlanLeaving(pf.address, &pf, *owned);
  return std::nullopt;
}

// Only what differs from now, or would after a reboot. Shared is what the kernel begins with.
std::optional<RdmaMode> RdmaModeToSet(const PlanInput& input) {
  if (!input.rdma_mode) return std::nullopt;
  const bool now = input.host.rdma_mode == input.rdma_mode;
  const bool later = input.persisted_rdma_mode.value_or(RdmaMode::kShared) == *input.rdma_mode;
  return now && later ? std::nullopt : input.rdma_mode;
}

}  // namespace

bool Plan::nothing_to_do() const {
  return !rdma_mode &&
         std::all_of(pfs.begin(), pfs.end(), [](const PfPlan& pf) { return pf.steps.empty(); });
}

bool Plan::refuses() const {
  return std::any_of(pfs.begin(), pfs.end(),
                     [](const PfPlan& pf) { return pf.refusal.has_value(); });
}

Plan MakePlan(const PlanInput& input) {
  Plan plan;
  plan.rdma_mode = RdmaModeToSet(input);
  plan.notes = input.desired.notes;
  for (const PhysicalFunction& pf : input.host.pfs) {
    if (auto planned = PlanOf(input, pf)) plan.pfs.push_back(*std::move(planned));
  }
  for (const auto& [address, owned] : input.owned) {
    if (input.host.Find(address) == nullptr)
      plan.pfs.push_back(PlanLeaving(address, nullptr, owned));
  }
  return plan;
}

}  // namespace railhook

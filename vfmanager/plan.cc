#include "vfmanager/plan.h"

#include <algorithm>

#include "vfmanager/pf_plan.h"

namespace railhook {
namespace {

Result<std::optional<OwnedPf>> OwnedOf(const PlanInput& input, const PhysicalFunction& pf) {
  if (!input.owned) return tl::unexpected(input.owned.error());
  const auto found = input.owned->find(pf.address);
  if (found == input.owned->end()) return std::nullopt;
  if (!found->second) return tl::unexpected(found->second.error());
  return StillOwned(*found->second, input.host.boot, pf.num_vfs);
}

const DesiredPf* DesiredAt(const PlanInput& input, const std::string& address) {
  const auto& pfs = input.desired.pfs;
  const auto found = std::find_if(pfs.begin(), pfs.end(),
                                  [&](const DesiredPf& pf) { return pf.address == address; });
  return found == pfs.end() ? nullptr : &*found;
}

std::optional<PfPlan> PlanOf(const PlanInput& input, const PhysicalFunction& pf) {
  const auto read = OwnedOf(input, pf);
  if (!read) return PlanRefused(pf, true, read.error());
  const std::optional<OwnedPf>& owned = *read;
  const auto refused = input.desired.refused.find(pf.address);
  if (refused != input.desired.refused.end())
    return PlanRefused(pf, owned.has_value(), Error{ErrorCode::kInvalid, refused->second});
  if (const DesiredPf* desired = DesiredAt(input, pf.address))
    return PlanPf(*desired, pf, owned, input);
  if (owned) return PlanLeaving(pf.address, &pf, *owned);
  return std::nullopt;
}

void AddTo(std::vector<std::string>& all, const std::vector<std::string>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

// PFs of which nothing is left but the record.
void AddGone(const PlanInput& input, Plan& plan) {
  if (!input.owned) return;
  for (const auto& [address, owned] : *input.owned) {
    if (input.host.Find(address) != nullptr) continue;
    plan.pfs.push_back(owned ? PlanLeaving(address, nullptr, *owned)
                             : PfPlan{address, "", {}, {}, {}, owned.error()});
  }
}

// Only what differs from now, or would after a reboot.
std::optional<RdmaMode> RdmaModeToSet(const PlanInput& input) {
  if (!input.rdma_mode) return std::nullopt;
  const bool now = input.host.rdma_mode == input.rdma_mode;
  const bool later = input.rdma_mode_at_boot == *input.rdma_mode;
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
  if (input.identities) AddTo(plan.notes, input.identities->Strays(input.host.pfs));
  for (const PhysicalFunction& pf : input.host.pfs) {
    if (auto planned = PlanOf(input, pf)) plan.pfs.push_back(*std::move(planned));
  }
  AddGone(input, plan);
  return plan;
}

}  // namespace railhook

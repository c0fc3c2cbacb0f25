#include "vfmanager/pf_plan.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "vfmanager/pf_refusal.h"

namespace railhook {
namespace {

// "policy a wants", "policies a, b want".
std::string PoliciesWant(const DesiredPf& desired) {
  const bool one = desired.policies.size() == 1;
  return (one ? "policy " : "policies ") + Join(desired.policies, ", ") +
         (one ? " wants" : " want");
}

std::string PolicyWants(const VfGroup& group) { return "policy " + group.policy + " wants"; }

Step ResumeProbing() {
  return {StepKind::kResumeProbing, -1, "", "whoever binds a VF later needs it"};
}

// Collects the steps of one PF.
class PfPlanner {
 public:
  PfPlanner(const DesiredPf& desired, const PhysicalFunction& pf, const OwnedPf& owned,
            const PlanInput& input)
      : desired_(desired), pf_(pf), owned_(owned), input_(input) {
    plan_.address = pf.address;
    plan_.name = pf.name;
  }

  PfPlan Make() && {
    SetUpPf();
    if (remakes()) RemakeVfs();
    GiveAddresses();
    if (remakes() || !pf_.probes_vfs) plan_.steps.push_back(ResumeProbing());
    ForEachVf([&](const VirtualFunction& vf, const VfGroup* group) { Bind(vf, group); });
    ForEachVf([&](const VirtualFunction& vf, const VfGroup* group) { Finish(vf, group); });
    return std::move(plan_);
  }

 private:
  bool remakes() const { return pf_.num_vfs != desired_.num_vfs; }
  bool raises_mtu() const { return desired_.mtu && pf_.mtu.value_or(0) < *desired_.mtu; }

  void Add(StepKind kind, int vf, std::string value, std::string reason) {
    plan_.steps.push_back({kind, vf, std::move(value), std::move(reason)});
  }

  // Before anything is changed that has to be undone some day.
  void Record() {
    plan_.record = owned_;
    if (remakes()) {
      plan_.record.num_vfs = desired_.num_vfs;
      plan_.record.former_vfs = pf_.num_vfs;
    }
    if (raises_mtu() && !owned_.former_mtu) plan_.record.former_mtu = pf_.mtu;
    if (remakes() || raises_mtu()) plan_.record.boot = input_.host.boot;
    if (plan_.record == owned_) return;
    Add(StepKind::kRecord, -1, std::to_string(plan_.record.num_vfs),
        "what isn't ours is never removed");
  }

  void SetUpPf() {
    Record();
    if (!pf_.up) Add(StepKind::kBringPfUp, -1, "", "it is down");
    if (!raises_mtu()) return;
    const std::string mtu = std::to_string(*desired_.mtu);
    Add(StepKind::kSetPfMtu, -1, mtu,
        PoliciesWant(desired_) + ' ' + mtu + ", it is " + std::to_string(pf_.mtu.value_or(0)));
  }

  void RemakeVfs() {
    const std::string there = std::to_string(pf_.num_vfs);
    if (pf_.probes_vfs)
      Add(StepKind::kStopProbing, -1, "", "VFs need their addresses before a driver looks at them");
    if (pf_.num_vfs > 0) {
      Add(StepKind::kRemoveVfs, -1, there, "their number changes only by way of 0");
      for (int vf = 0; vf < pf_.num_vfs; ++vf) plan_.vanishing.push_back(vf);
    }
    const int wanted = desired_.num_vfs;
    Add(StepKind::kCreateVfs, -1, std::to_string(wanted),
        PoliciesWant(desired_) + ' ' + Count(static_cast<std::size_t>(wanted), "VF") + ", there " +
            (pf_.num_vfs == 1 ? "is " : "are ") + (pf_.num_vfs == 0 ? "none" : there));
  }

  // A VF as it will be found: one that is yet to be made has nothing.
  VirtualFunction VfAt(int index) const {
    const auto found = std::find_if(pf_.vfs.begin(), pf_.vfs.end(),
                                    [&](const VirtualFunction& vf) { return vf.index == index; });
    if (!remakes() && found != pf_.vfs.end()) return *found;
    VirtualFunction fresh;
    fresh.index = index;
    return fresh;
  }

  template <typename Use>
  void ForEachVf(Use use) {
    for (int vf = 0; vf < desired_.num_vfs; ++vf) use(VfAt(vf), desired_.GroupOf(vf));
  }

  bool infiniband() const { return pf_.link_type == LinkType::kInfiniBand; }

  void GiveAddresses() {
    ForEachVf([&](const VirtualFunction& vf, const VfGroup*) {
      if (LacksDriver(vf)) GiveAddress(vf, "it has none");
    });
  }

  // One that is set is never changed.
  void GiveAddress(const VirtualFunction& vf, const std::string& reason) {
    if (!infiniband()) {
      if (vf.admin_mac.IsSet()) return;
      Add(StepKind::kSetVfMac, vf.index, Identities::MacOf(pf_, vf.index).Text(), reason);
    } else if (!vf.admin_node_guid.IsSet() || !vf.admin_port_guid.IsSet()) {
      Add(StepKind::kSetVfGuid, vf.index, GuidFor(vf).Text(), reason);
    }
  }

  Guid GuidFor(const VirtualFunction& vf) {
    if (vf.admin_node_guid.IsSet()) return vf.admin_node_guid;
    if (vf.admin_port_guid.IsSet()) return vf.admin_port_guid;
    if (input_.identities) return input_.identities->GuidOf(pf_, vf.index);
    plan_.refusal = input_.identities.error();
    return {};
  }

  static bool HasBadGuid(const VirtualFunction& vf) {
    return vf.rdma && vf.rdma->node_guid && !vf.rdma->node_guid->IsSet();
  }

  bool LacksDriver(const VirtualFunction& vf) const {
    return vf.driver.empty() && !input_.left_alone.contains(vf.address);
  }

  // Why a VF has to leave its driver, or "".
  static std::string ReasonToUnbind(const VirtualFunction& vf, const VfGroup* group) {
    if (vf.driver.empty()) return "";
    if (group != nullptr && (group->device_type == DeviceType::kVfioPci) != (vf.driver == kHasVfio))
      return PolicyWants(*group) + " deviceType " + std::string(TextOf(group->device_type));
    return group != nullptr && HasBadGuid(vf) ? "its GUID is " + vf.rdma->node_guid->Text() : "";
  }

  void Bind(const VirtualFunction& vf, const VfGroup* group) {
    std::string reason = ReasonToUnbind(vf, group);
    if (!LacksDriver(vf) && reason.empty()) return;
    if (!vf.driver.empty()) {
      plan_.vanishing.push_back(vf.index);
      Add(StepKind::kUnbindVf, vf.index, vf.driver, reason);
      if (HasBadGuid(vf)) GiveAddress(vf, reason);
    } else {
      reason = "it has no driver";
    }
    const bool vfio = group != nullptr && group->device_type == DeviceType::kVfioPci;
    Add(StepKind::kBindVf, vf.index, vfio ? std::string(kHasVfio) : "", reason);
    bound_.push_back(vf.index);
  }

  bool IsBound(int vf) const { return std::find(bound_.begin(), bound_.end(), vf) != bound_.end(); }

  void Finish(const VirtualFunction& vf, const VfGroup* group) {
    const bool changes_mtu = group != nullptr && NeedsMtu(vf, *group);
    if (changes_mtu) {
      const std::string mtu = std::to_string(*group->mtu);
      Add(StepKind::kSetVfMtu, vf.index, mtu, PolicyWants(*group) + ' ' + mtu);
    }
    if (IsBound(vf.index)) {
      Add(StepKind::kCheckVf, vf.index, std::string(Expected(group)), "it was bound anew");
    } else if (group != nullptr && LacksRdma(vf, *group)) {
      Add(StepKind::kCheckVf, vf.index, std::string(kHasRdma), PolicyWants(*group) + " RDMA");
    }
  }

  bool NeedsMtu(const VirtualFunction& vf, const VfGroup& group) const {
    if (!group.mtu || group.device_type == DeviceType::kVfioPci) return false;
    return IsBound(vf.index) || (vf.mtu && *vf.mtu != *group.mtu);
  }

  // That of a VF whose netdev isn't seen is in a pod, too.
  static bool LacksRdma(const VirtualFunction& vf, const VfGroup& group) {
    return group.is_rdma && !vf.netdev.empty() && !vf.rdma;
  }

  static std::string_view Expected(const VfGroup* group) {
    if (group == nullptr) return "";
    if (group->device_type == DeviceType::kVfioPci) return kHasVfio;
    return group->is_rdma ? kHasRdma : "";
  }

  const DesiredPf& desired_;
  const PhysicalFunction& pf_;
  const OwnedPf& owned_;
  const PlanInput& input_;
  std::vector<int> bound_;  // VFs
  PfPlan plan_;
};

PfPlan EmptyPlan(const PhysicalFunction& pf) { return {pf.address, pf.name, {}, {}, {}, {}}; }

PfPlan PlanExternallyManaged(const DesiredPf& desired, const PhysicalFunction& pf, bool owned) {
  PfPlan plan = EmptyPlan(pf);
  if (!owned) return plan;
  if (!pf.probes_vfs) plan.steps.push_back(ResumeProbing());
  plan.steps.push_back(
      {StepKind::kForget, -1, "",
       PoliciesWant(desired) + " externallyManaged: its VFs are left as they are"});
  return plan;
}

}  // namespace

PfPlan PlanPf(const DesiredPf& desired, const PhysicalFunction& pf,
              const std::optional<OwnedPf>& owned, const PlanInput& input) {
  const OwnedPf ours = owned.value_or(OwnedPf{});
  if (auto refusal = RefusalOf(desired, pf, ours.num_vfs > 0))
    return PlanRefused(pf, owned.has_value(), *std::move(refusal));
  if (desired.externally_managed) return PlanExternallyManaged(desired, pf, owned.has_value());
  PfPlan plan = PfPlanner(desired, pf, ours, input).Make();
  return plan.refusal ? PlanRefused(pf, owned.has_value(), *std::move(plan.refusal)) : plan;
}

PfPlan PlanRefused(const PhysicalFunction& pf, bool owned, Error refusal) {
  PfPlan plan = EmptyPlan(pf);
  plan.refusal = std::move(refusal);
  if (owned && !pf.probes_vfs) plan.steps.push_back(ResumeProbing());
  return plan;
}

PfPlan PlanLeaving(const std::string& address, const PhysicalFunction* pf, const OwnedPf& owned) {
  if (pf == nullptr)
    return {address, "", {{StepKind::kForget, -1, "", "the PF is gone"}}, {}, {}, {}};
  PfPlan plan = EmptyPlan(*pf);
  const std::string reason = "no policy wants VFs of it any more";
  if (owned.num_vfs > 0 && pf->num_vfs > 0) {
    plan.steps.push_back({StepKind::kRemoveVfs, -1, std::to_string(pf->num_vfs), reason});
    for (int vf = 0; vf < pf->num_vfs; ++vf) plan.vanishing.push_back(vf);
  }
  if (!pf->probes_vfs) plan.steps.push_back({StepKind::kResumeProbing, -1, "", reason});
  if (owned.former_mtu && pf->mtu.value_or(0) > *owned.former_mtu) {
    plan.steps.push_back(
        {StepKind::kSetPfMtu, -1, std::to_string(*owned.former_mtu), "as it was before"});
  }
  plan.steps.push_back({StepKind::kForget, -1, "", reason});
  return plan;
}

}  // namespace railhook

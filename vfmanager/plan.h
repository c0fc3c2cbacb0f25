#pragma once
// What has to be done on a node so that its VFs are what its policies say, in order, and why. Pure:
// a plan can be printed, compared and tested, and nothing has been done yet.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "policy/merge.h"
#include "policy/pool_config.h"
#include "vfmanager/host_state.h"
#include "vfmanager/identities.h"
#include "vfmanager/ownership.h"

namespace railhook {

// In the order in which a PF's steps come.
enum class StepKind {
  kRecord,  // remember that the VFs of this PF are ours, before they are
  kBringPfUp,
  kSetPfMtu,       // value: bytes
  kStopProbing,    // sriov_drivers_autoprobe 0: VFs come without a driver
  kRemoveVfs,      // sriov_numvfs 0
  kCreateVfs,      // value: how many
  kSetVfMac,       // value: the address
  kSetVfGuid,      // value: the GUID
  kResumeProbing,  // sriov_drivers_autoprobe 1
  kUnbindVf,       // value: the driver that it leaves
  kBindVf,         // value: the driver that it shall get; "": the one that the kernel takes
  kSetVfMtu,       // value: bytes
  kCheckVf,        // driver, netdev, RDMA device, GUID are as they should be
  kForget,         // the VFs were ours, and are gone
};

struct Step {
  StepKind kind;
  int vf = -1;  // its index; -1: the PF itself
  std::string value;
  std::string reason;  // for people: "policy gpu1-nic-policy wants 7 VFs, there are none"

  bool operator==(const Step&) const = default;
};

struct PfPlan {
  std::string address;
  std::string name;
  std::vector<Step> steps;     // none: it is as it should be
  std::vector<int> vanishing;  // VFs that exist and would vanish or be bound anew: who uses one has
                               // to leave first
  std::optional<Error> refusal;  // why nothing may be done: then there are no steps

  bool operator==(const PfPlan&) const = default;
};

struct Plan {
  std::vector<PfPlan> pfs;
  std::optional<RdmaMode> rdma_mode;  // to be set
  std::vector<std::string> notes;     // for people

  bool nothing_to_do() const;
};

struct PlanInput {
  const DesiredNode& desired;
  std::optional<RdmaMode> rdma_mode;  // wanted by the node's pool
  const HostState& host;
  const std::map<std::string, OwnedPf>& owned;  // by the PF's address
  const Identities& identities;
};

Plan MakePlan(const PlanInput& input);

}  // namespace railhook

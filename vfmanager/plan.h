#pragma once
// What has to be done on a node so that its VFs are what its policies say, in order, and why. Pure:
// a plan can be printed, compared and tested, and nothing has been done yet.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "policy/merge.h"
#include "policy/pool_config.h"
#include "vfmanager/host_state.h"
#include "vfmanager/identities.h"
#include "vfmanager/ownership.h"

namespace railhook {

enum class StepKind {
  kRecord,         // remember what of this PF is ours, before it is; value: how many VFs
  kBringPfUp,      //
  kSetPfMtu,       // value: bytes
  kStopProbing,    // sriov_drivers_autoprobe 0: VFs come without a driver
  kRemoveVfs,      // sriov_numvfs 0; value: how many there are
  kCreateVfs,      // value: how many
  kSetVfMac,       // value: the address
  kSetVfGuid,      // value: the GUID
  kResumeProbing,  // sriov_drivers_autoprobe 1
  kUnbindVf,       // value: the driver that it leaves
  kBindVf,         // value: the driver that it shall get; "": the one that the kernel takes
  kSetVfMtu,       // value: bytes
  kCheckVf,        // value: what it shall have (kHasVfio, kHasRdma), or "" for any driver
  kForget,         // nothing of the PF is ours any more
  kSetRdmaMode,    // of the node, before anything else; value: "shared", "exclusive"
};

// Values of kCheckVf.
inline constexpr std::string_view kHasVfio = "vfio-pci";
inline constexpr std::string_view kHasRdma = "rdma";  // a device with a GUID

struct Step {
  StepKind kind;
  int vf = -1;  // its index; -1: the PF itself
  std::string value;
  std::string reason;  // for people: "policy gpu1-nic-policy wants 7 VFs, there are none"

  bool operator==(const Step&) const = default;
};

std::string_view NameOf(StepKind kind);  // for programs: "createVfs"
std::string TextOf(const Step& step);    // for people: "set the MAC of VF 3 to 06:5a:..."

// The steps have an order: of the PF's own settings first, then its VFs come, get their addresses
// without a driver, are bound one after the other, and are checked.
struct PfPlan {
  std::string address;
  std::string name;
  std::vector<Step> steps;     // none: it is as it should be
  std::vector<int> vanishing;  // VFs that exist and would vanish or be bound anew: who uses one has
                               // to leave first
  OwnedPf record;              // what kRecord writes
  std::optional<Error> refusal;  // why nothing may be done: then there is kResumeProbing at most
};

struct Plan {
  std::vector<PfPlan> pfs;
  std::optional<RdmaMode> rdma_mode;  // to be set, now and for the next boot
  std::vector<std::string> notes;     // for people

  bool nothing_to_do() const;  // but there may be refusals
  bool refuses() const;        // a PF
};

struct PlanInput {
  const DesiredNode& desired;
  std::optional<RdmaMode> rdma_mode;  // wanted by the node's pool
  RdmaMode rdma_mode_at_boot;         // that the next one begins with (rdma_mode.h)
  const HostState& host;
  const Result<OwnedPfs>& owned;          // as it was recorded
  const Result<Identities>& identities;   // of which an error matters only where a GUID is needed
  std::set<std::string> left_alone = {};  // VFs that somebody else may be about to bind, by address
};

// What can't be read refuses the PFs that need it, others go on. VFs that are not ours (StillOwned)
// are never removed, whatever the policies say: they are set up where their number fits, else the
// PF is refused.
Plan MakePlan(const PlanInput& input);

}  // namespace railhook

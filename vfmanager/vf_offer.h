#pragma once
// What device plugins are told of a node's VFs. Pure.

#include <map>
#include <string>
#include <vector>

#include "policy/merge.h"
#include "vfmanager/drain.h"
#include "vfmanager/host_state.h"

namespace railhook {

// A pod that has a VF.
struct VfHolder {
  std::string pod;       // its uid, or its name for people
  std::string resource;  // with prefix: as which it got it

  bool operator==(const VfHolder&) const = default;
};
using VfHolders = std::multimap<std::string, VfHolder>;  // by the VF's address

struct VfOffer {
  DesiredNode desired;  // of which resource each VF is
  HostState host;
  VfHolders holders;
  bool withheld = false;  // somebody else's to offer, or not known yet: no resource, and no file
};

// `now`, but for PFs whose policies contradict each other, or of whose policies one is among
// `unreadable`: these are offered as they were `before`.
DesiredNode StillOffered(const DesiredNode& before, DesiredNode now,
                         const std::vector<std::string>& unreadable);

// By kubelet's record, with uids. That forgets pods that have ended only as it hands out the next
// device.
VfHolders HoldersIn(const DeviceAllocations& allocations);

// Those that are among `pods` and haven't ended, with their names.
VfHolders StillThere(const VfHolders& holders, const std::vector<NodePod>& pods);

// Whether it matters for any VF that its holder is still there: it holds it under another resource
// than it is of now (`prefix` is that of resources), or the VF has no driver.
bool HoldersMatter(const VfOffer& offer, const std::string& prefix);

}  // namespace railhook

#pragma once
// Reads the state of the host.

#include <optional>
#include <string>

#include "base/result.h"
#include "vfmanager/host_paths.h"
#include "vfmanager/host_state.h"
#include "vfmanager/netlink.h"

namespace railhook {

// All PFs that can do SR-IOV (network controllers with a sriov_totalvfs) and their VFs. What
// vanishes while it is read is left out.
Result<HostState> Observe(const HostPaths& paths, Netlink& netlink);

// The RDMA device of the PCI function at `address` alone. None where it has none, or it is in
// another network namespace.
std::optional<RdmaDevice> ReadRdmaDevice(const HostPaths& paths, const std::string& address);

}  // namespace railhook

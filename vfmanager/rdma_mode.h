#pragma once
// The RDMA mode of network namespaces, kept over a reboot: a file of modprobe.d sets it as ib_core
// is loaded.

#include <optional>

#include "base/result.h"
#include "policy/pool_config.h"
#include "vfmanager/host_paths.h"
#include "vfmanager/netlink.h"

namespace railhook {

// What our file says; none where there is no such file. kInvalid names a file that says something
// else.
Result<std::optional<RdmaMode>> PersistedRdmaMode(const HostPaths& paths);

struct RdmaModeChange {
  bool reboot_needed = false;  // a network namespace keeps the kernel from changing it
  int writes = 0;              // that were made
};

// For the next boot, then now; what already is so isn't written.
Result<RdmaModeChange> ChangeRdmaMode(RdmaMode mode, const HostPaths& paths, Netlink& netlink);

}  // namespace railhook

#pragma once
// Remembers the RDMA devices of VFs. Where RDMA devices belong to one network namespace alone, a
// pod's device vanishes from the host's sysfs, and with it the names of its character devices.

#include <filesystem>
#include <map>
#include <string>

#include "base/result.h"
#include "vfmanager/host_paths.h"
#include "vfmanager/host_state.h"

namespace railhook {

using RdmaDevices = std::map<std::string, RdmaDevice>;  // by the VF's address

// Fills in what is known of devices that are away, and notes those that are here. A VF that is gone
// or has no driver is forgotten: what it gets next may be another device. Pure.
void Recall(HostState& host, RdmaDevices& seen);

// The same across restarts of this program, in a file in paths.state. Numbers of character devices
// mean nothing after the host has booted again, so the file counts for one boot. Not thread-safe.
class RdmaMemory {
 public:
  // A file that can't be read is logged and counts as none.
  explicit RdmaMemory(const HostPaths& paths);

  // The state with what is remembered. The file is written where anything changed; a failure is
  // logged, and tried again with the next change.
  HostState Complete(HostState host);

 private:
  const std::filesystem::path file_;
  const std::string boot_;  // the id of this boot
  RdmaDevices seen_;
};

}  // namespace railhook

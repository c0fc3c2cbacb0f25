#pragma once
// The RDMA mode of network namespaces, kept over a reboot: files of modprobe.d set it as ib_core is
// loaded, the kernel's arguments after them.

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "policy/pool_config.h"
#include "vfmanager/host_paths.h"
#include "vfmanager/netlink.h"

namespace railhook {

// Ours sorts after others' (modprobe reads them in the order of their names), so it wins.
inline constexpr std::string_view kRdmaModeFile = "zz-railhook-rdma.conf";

// What the next boot begins with.
struct RdmaModeAtBoot {
  RdmaMode mode = RdmaMode::kShared;  // also where nobody says it
  std::string said_by;                // the file, or kKernelArguments; "" where nobody does

  bool operator==(const RdmaModeAtBoot&) const = default;
};

inline constexpr std::string_view kKernelArguments = "the kernel's command line";

// A file that can't be read says nothing.
RdmaModeAtBoot ReadRdmaModeAtBoot(const HostPaths& paths);

struct RdmaModeChange {
  bool reboot_needed = false;  // a network namespace keeps the kernel from changing it
  int writes = 0;              // that were made
};

// For the next boot, then now; what already is so isn't written. kInvalid names what says another
// mode after our file, or in it.
Result<RdmaModeChange> ChangeRdmaMode(RdmaMode mode, const HostPaths& paths, Netlink& netlink);

// What the options of ib_core in a file of modprobe.d, or in the kernel's arguments, come to.
std::optional<RdmaMode> RdmaModeInOptions(std::string_view modprobe_file);
std::optional<RdmaMode> RdmaModeInArguments(std::string_view cmdline);

// As such a file has it, without a line break at its end.
std::string RdmaModeOption(RdmaMode mode);

}  // namespace railhook

#include "vfmanager/rdma_mode.h"

#include <string>
#include <string_view>
#include <system_error>

#include "base/files.h"

namespace railhook {
namespace {

constexpr std::string_view kComment =
    "# Written by railhook-vfmanager, as the rdmaMode of this node's SriovNetworkPoolConfig wants "
    "it.\n";

std::filesystem::path File(const HostPaths& paths) {
  return paths.modprobe_d / "railhook-rdma.conf";
}

std::string TextFor(RdmaMode mode) {
  return std::string(kComment) +
         "options ib_core netns_mode=" + (mode == RdmaMode::kShared ? "1\n" : "0\n");
}

}  // namespace

Result<std::optional<RdmaMode>> PersistedRdmaMode(const HostPaths& paths) {
  const auto text = ReadFile(File(paths));
  if (!text && text.error().code == ErrorCode::kNotFound) return std::nullopt;
  if (!text) return tl::unexpected(text.error());
  for (const RdmaMode mode : {RdmaMode::kShared, RdmaMode::kExclusive}) {
    if (*text == TextFor(mode)) return mode;
  }
  return Fail(ErrorCode::kInvalid,
              File(paths).string() +
                  " isn't as railhook-vfmanager writes it: remove it, and have "
                  "other settings in a file of their own");
}

Result<RdmaModeChange> ChangeRdmaMode(RdmaMode mode, const HostPaths& paths, Netlink& netlink) {
  RdmaModeChange change;
  if (TRY(PersistedRdmaMode(paths)).value_or(RdmaMode::kShared) != mode) {
    ++change.writes;
    std::error_code told_below;
    std::filesystem::create_directories(paths.modprobe_d, told_below);
    TRY(ReplaceFile(File(paths), TextFor(mode), 0644));
  }
  if (TRY(netlink.GetRdmaMode()) == mode) return change;
  ++change.writes;
  const auto set = netlink.SetRdmaMode(mode);
  if (!set && set.error().code != ErrorCode::kConflict) return tl::unexpected(set.error());
  change.reboot_needed = !set;
  return change;
}

}  // namespace railhook

#include "vfmanager/rdma_mode.h"

#include <sstream>
#include <system_error>

#include "base/files.h"
#include "vfmanager/sysfs.h"

namespace railhook {
namespace {

constexpr std::string_view kComment =
    "# Written by railhook-vfmanager, as the rdmaMode of this node's SriovNetworkPoolConfig wants "
    "it.\n";
constexpr std::string_view kNetnsMode = "netns_mode=";

std::filesystem::path OurFile(const HostPaths& paths) { return paths.modprobe_d / kRdmaModeFile; }

std::optional<RdmaMode> ModeIn(std::string_view word, std::string_view prefix) {
  if (!word.starts_with(prefix)) return std::nullopt;
  const std::string_view value = word.substr(prefix.size());
  const bool shared = value == "1" || value == "Y" || value == "y";
  return shared ? RdmaMode::kShared : RdmaMode::kExclusive;
}

// Whether a file has nothing but comments and our one option, and so nothing is lost with it.
bool IsOnlyMode(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const bool option =
        line == RdmaModeOption(RdmaMode::kShared) || line == RdmaModeOption(RdmaMode::kExclusive);
    if (!line.empty() && line[0] != '#' && !option) return false;
  }
  return true;
}

// Nothing where it says so already, and something else wins.
Result<> WriteOurFile(RdmaMode mode, const HostPaths& paths, int& writes) {
  const auto file = OurFile(paths);
  const std::string before = ReadFile(file).value_or("");
  if (RdmaModeInOptions(before) == mode) return {};
  if (!IsOnlyMode(before)) {
    return Fail(ErrorCode::kInvalid, file.string() +
                                         " isn't as railhook-vfmanager writes it: have other "
                                         "settings in a file of their own, and remove it");
  }
  ++writes;
  std::error_code told_below;
  std::filesystem::create_directories(paths.modprobe_d, told_below);
  return ReplaceFile(file, std::string(kComment) + RdmaModeOption(mode) + '\n', 0644);
}

Result<> CheckAtBoot(RdmaMode mode, const HostPaths& paths) {
  const RdmaModeAtBoot boot = ReadRdmaModeAtBoot(paths);
  if (boot.mode == mode) return {};
  return Fail(ErrorCode::kInvalid, "after the next boot it would be " +
                                       std::string(TextOf(boot.mode)) + ", as " + boot.said_by +
                                       " says: remove netns_mode of ib_core there");
}

}  // namespace

RdmaModeAtBoot ReadRdmaModeAtBoot(const HostPaths& paths) {
  RdmaModeAtBoot boot;
  const auto say = [&](const std::optional<RdmaMode>& mode, std::string who) {
    if (mode) boot = {*mode, std::move(who)};
  };
  for (const std::string& name : NamesIn(paths.modprobe_d)) {
    const auto file = paths.modprobe_d / name;
    if (name.ends_with(".conf")) say(RdmaModeInOptions(ReadFile(file).value_or("")), file.string());
  }
  say(RdmaModeInArguments(ReadAttribute(paths.proc / "cmdline")), std::string(kKernelArguments));
  return boot;
}

Result<RdmaModeChange> ChangeRdmaMode(RdmaMode mode, const HostPaths& paths, Netlink& netlink) {
  RdmaModeChange change;
  if (ReadRdmaModeAtBoot(paths).mode != mode) TRY(WriteOurFile(mode, paths, change.writes));
  if (TRY(netlink.GetRdmaMode()) != mode) {
    ++change.writes;
    const auto set = netlink.SetRdmaMode(mode);
    if (!set && set.error().code != ErrorCode::kConflict) return tl::unexpected(set.error());
    change.reboot_needed = !set;
  }
  TRY(CheckAtBoot(mode, paths));
  return change;
}

std::optional<RdmaMode> RdmaModeInOptions(std::string_view modprobe_file) {
  std::optional<RdmaMode> mode;
  std::istringstream lines{std::string(modprobe_file)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string word, module;
    if (!(words >> word >> module) || word != "options" || module != "ib_core") continue;
    while (words >> word)
      if (const auto said = ModeIn(word, kNetnsMode)) mode = said;
  }
  return mode;
}

std::optional<RdmaMode> RdmaModeInArguments(std::string_view cmdline) {
  std::optional<RdmaMode> mode;
  std::istringstream words{std::string(cmdline)};
  for (std::string word; words >> word;)
    if (const auto said = ModeIn(word, "ib_core." + std::string(kNetnsMode))) mode = said;
  return mode;
}

std::string RdmaModeOption(RdmaMode mode) {
  return "options ib_core " + std::string(kNetnsMode) + (mode == RdmaMode::kShared ? '1' : '0');
}

}  // namespace railhook

#include "cli/vfmanager/host_options.h"

#include <CLI/CLI.hpp>

namespace railhook {

void AddHostOptions(CLI::App& command, HostPaths& paths) {
  const auto add = [&](const char* option, std::filesystem::path& path, const char* about) {
    command.add_option(option, path, about)
        ->type_name("DIR")
        ->capture_default_str()
        ->group("Where the host has its files");
  };
  add("--sysfs-root", paths.sysfs, "sysfs");
  add("--proc-root", paths.proc, "procfs");
  add("--dev-root", paths.dev, "Device nodes");
  add("--modprobe-dir", paths.modprobe_d, "Options of kernel modules");
  add("--state-dir", paths.state, "What this program remembers");
  add("--devinfo-dir", paths.devinfo, "What a device plugin tells Multus");
  add("--kubelet-dir", paths.kubelet, "kubelet's own");
}

}  // namespace railhook

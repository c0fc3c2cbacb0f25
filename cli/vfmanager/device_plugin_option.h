#pragma once
// --device-plugin: who tells kubelet of the VFs.

#include <functional>
#include <string>

#include "base/result.h"
#include "policy/merge.h"
#include "vfmanager/host_paths.h"
#include "vfmanager/host_state.h"

namespace CLI {
class App;
}

namespace railhook {

struct DevicePluginOption {
  std::string kind = "built-in";  // or "external", "none"
  std::string config;             // for the external one; "": in the state folder
};

void AddDevicePluginOption(CLI::App& command, DevicePluginOption& option);

// To be called after each look at the host, by one thread. What serves kubelet ends with it.
Result<std::function<void(const DesiredNode&, const HostState&)>> StartDevicePlugin(
    const DevicePluginOption& option, const HostPaths& paths, const std::string& resource_prefix);

}  // namespace railhook

#pragma once
// --device-plugin: who tells kubelet of the VFs.

#include <string>

#include "base/result.h"
#include "vfmanager/agent.h"
#include "vfmanager/device_plugin/external_plugin.h"

namespace CLI {
class App;
}

namespace railhook {

struct DevicePluginOption {
  std::string kind = "built-in";  // or "external", "none"
  ExternalPluginOptions external;
};

void AddDevicePluginOption(CLI::App& command, DevicePluginOption& option);

// What tells it of each look of the agent whose options these are. What serves kubelet ends with
// it.
Result<AfterLook> StartDevicePlugin(const DevicePluginOption& option, const AgentOptions& agent);

}  // namespace railhook

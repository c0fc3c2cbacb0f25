#include "cli/vfmanager/device_plugin_option.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "base/log.h"
#include "vfmanager/device_plugin/device_plugin.h"
#include "vfmanager/device_plugin/external_config.h"

namespace railhook {
namespace {

using AfterLook = std::function<void(const DesiredNode&, const HostState&)>;

constexpr auto kBuiltIn = "built-in";
constexpr auto kExternal = "external";
constexpr auto kNone = "none";
constexpr auto kConfigFile = "device-plugin.json";

Result<AfterLook> BuiltIn(const HostPaths& paths, const std::string& prefix) {
  DevicePluginOptions options;
  options.paths = paths;
  options.prefix = prefix;
  const std::shared_ptr<DevicePlugin> plugin = TRY(DevicePlugin::Start(options));
  return AfterLook([plugin](const DesiredNode& desired, const HostState& host) {
    plugin->Update(desired, host);
  });
}

// An error that stays is told once.
AfterLook External(const HostPaths& paths, const std::string& prefix, std::string file) {
  if (file.empty()) file = paths.state / kConfigFile;
  const auto plugin = std::make_shared<ExternalPlugin>(paths, prefix, file);
  return [plugin, file, told = std::string()](const DesiredNode& desired,
                                              const HostState& host) mutable {
    const auto written = plugin->Update(desired, host);
    const std::string error = written ? "" : written.error().message;
    if (!error.empty() && error != told) {
      Log(LogLevel::kWarning, "the device plugin's configuration waits", {{"error", error}});
    }
    told = error;
    if (written && *written) {
      Log(LogLevel::kInfo, "the device plugin's configuration is new: start that plugin again",
          {{"file", file}});
    }
  };
}

}  // namespace

void AddDevicePluginOption(CLI::App& command, DevicePluginOption& option) {
  command
      .add_option("--device-plugin", option.kind,
                  "Who tells kubelet of the VFs: built-in, external (a configuration for "
                  "sriov-network-device-plugin is written), or none")
      ->check(CLI::IsMember({kBuiltIn, kExternal, kNone}))
      ->capture_default_str();
  command
      .add_option("--device-plugin-config", option.config,
                  "The file that is written for the external one; else device-plugin.json in the "
                  "state folder")
      ->type_name("FILE");
}

Result<AfterLook> StartDevicePlugin(const DevicePluginOption& option, const HostPaths& paths,
                                    const std::string& resource_prefix) {
  if (option.kind == kBuiltIn) return BuiltIn(paths, resource_prefix);
  if (option.kind == kExternal) return External(paths, resource_prefix, option.config);
  return AfterLook([](const DesiredNode&, const HostState&) {});
}

}  // namespace railhook

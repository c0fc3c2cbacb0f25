#include "cli/vfmanager/device_plugin_option.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "base/text.h"
#include "vfmanager/device_plugin/device_plugin.h"

namespace railhook {
namespace {

constexpr auto kBuiltIn = "built-in";
constexpr auto kExternal = "external";
constexpr auto kNone = "none";

Result<AfterLook> BuiltIn(const AgentOptions& agent) {
  DevicePluginOptions options;
  options.paths = agent.paths;
  options.prefix = agent.resource_prefix;
  const std::shared_ptr<DevicePlugin> plugin = TRY(DevicePlugin::Start(options));
  return AfterLook([plugin](const KubeClient&, const VfOffer& offer) {
    plugin->Update(offer);
    return Notice();
  });
}

Notice Restarted(const std::vector<std::string>& pods) {
  if (pods.empty()) return {};
  return {"DevicePluginRestarted",
          "its configuration has changed, so the device plugin starts again (pod " +
              Join(pods, ", ") +
              "): until it has registered, kubelet offers none of this node's resources"};
}

AfterLook External(const AgentOptions& agent, const ExternalPluginOptions& options) {
  const auto plugin =
      std::make_shared<ExternalPlugin>(agent.paths, agent.node, agent.resource_prefix, options);
  return [plugin](const KubeClient& client, const VfOffer& offer) -> Result<Notice> {
    return Restarted(TRY(plugin->Update(client, offer)));
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
      .add_option("--device-plugin-config", option.external.file,
                  "The file that is written for the external one; else device-plugin.json in the "
                  "state folder")
      ->type_name("FILE");
  command
      .add_option("--device-plugin-namespace", option.external.name_space,
                  "Of the external one's pods: this node's is started again when the file changes")
      ->type_name("NAME")
      ->capture_default_str();
  command.add_option("--device-plugin-labels", option.external.labels, "Of these pods")
      ->type_name("KEY=VALUE,...")
      ->capture_default_str();
}

Result<AfterLook> StartDevicePlugin(const DevicePluginOption& option, const AgentOptions& agent) {
  if (option.kind == kBuiltIn) return BuiltIn(agent);
  if (option.kind == kExternal) return External(agent, option.external);
  return agent.after_look;
}

}  // namespace railhook

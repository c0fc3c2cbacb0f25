#pragma once
// sriov-network-device-plugin, for those who keep that plugin: its configuration, and its pod.

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "k8sclient/client.h"
#include "vfmanager/host_paths.h"
#include "vfmanager/vf_offer.h"

namespace railhook {

struct ExternalPluginOptions {
  std::filesystem::path file;  // its configuration; "": device-plugin.json in the state folder
  // Its pods; those of its own DaemonSet, where nothing else is said.
  std::string name_space = "kube-system";
  std::string labels = "app=sriovdp";
};

// Keeps the file, and has the plugin start again when it has changed: that plugin reads it only as
// it starts. Not thread-safe.
class ExternalPlugin {
 public:
  // `prefix` is that of resources.
  ExternalPlugin(HostPaths paths, std::string node, std::string prefix,
                 ExternalPluginOptions options);

  // After each look at the host. Where its bytes change, writes the file and deletes the plugin's
  // pods on this node, whose DaemonSet makes them again; gives those that it deleted. kUnavailable,
  // with nothing done, names a VF that isn't there or isn't ready. A restart that fails, or that a
  // killed process owes, is made up for at the next call. Needs list and delete of pods.
  Result<std::vector<std::string>> Update(const KubeClient& client, const VfOffer& offer) const;

 private:
  Result<> Write(const std::string& text) const;
  Result<std::vector<std::string>> Restart(const KubeClient& client) const;

  const HostPaths paths_;
  const std::string node_;
  const std::string prefix_;
  const ExternalPluginOptions options_;
};

}  // namespace railhook

#pragma once
// The configuration of sriov-network-device-plugin for this node, for those who keep that plugin.

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "vfmanager/device_plugin/rdma_memory.h"
#include "vfmanager/device_plugin/resources.h"

namespace railhook {

// Its JSON: each resource with the PCI addresses of its VFs, so that renamed interfaces and VFs
// whose devices are away in pods change nothing. Pure; the same resources give the same bytes.
std::string ExternalConfig(const std::string& prefix, const std::vector<VfResource>& resources);

// Writes it, whole, where it isn't what the file holds; tells whether it wrote. That plugin reads
// the file only as it starts, so it has to be started again then. kUnavailable, with nothing
// written, names a VF that isn't there or isn't ready: the plugin would start without it.
Result<bool> WriteExternalConfig(const std::filesystem::path& file, const std::string& prefix,
                                 const std::vector<VfResource>& resources);

// Keeps such a file. Not thread-safe.
class ExternalPlugin {
 public:
  ExternalPlugin(const HostPaths& paths, std::string prefix, std::filesystem::path file)
      : memory_(paths), prefix_(std::move(prefix)), file_(std::move(file)) {}

  // After each look at the host; as WriteExternalConfig.
  Result<bool> Update(const DesiredNode& desired, const HostState& host) {
    return WriteExternalConfig(file_, prefix_, DevicesOf(desired, memory_.Complete(host)));
  }

 private:
  RdmaMemory memory_;
  const std::string prefix_;
  const std::filesystem::path file_;
};

}  // namespace railhook

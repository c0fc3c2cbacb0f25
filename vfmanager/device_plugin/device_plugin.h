#pragma once
// kubelet's device plugin for the VFs of a node: a resource for each resourceName of its policies.

#include <chrono>
#include <memory>
#include <string>

#include "base/result.h"
#include "vfmanager/host_paths.h"
#include "vfmanager/vf_offer.h"

namespace railhook {

struct DevicePluginOptions {
  HostPaths paths;
  std::string prefix = "spidernet.io";  // of resources: "spidernet.io/gpu1rdma"
  // How long kubelet may fail to listen to a resource until its socket is made anew, upon which
  // kubelet registers it again.
  std::chrono::milliseconds patience{15'000};
};

// Has a socket for each resource in kubelet's plugins_registry/, where kubelet finds it by itself;
// where there is no such folder, in device-plugins/, and then calls kubelet. Sockets that vanish,
// as with kubelet's restart, are made anew within a second. Failures are logged, each once, and
// tried again: resources don't depend on each other.
class DevicePlugin {
 public:
  // kInvalid names a prefix that can't be one.
  static Result<std::unique_ptr<DevicePlugin>> Start(DevicePluginOptions options);
  // kubelet takes all resources for unhealthy from then on, until there is a plugin again.
  ~DevicePlugin();

  // What resources there are, and what kubelet is told, from now on. Returns at once; another
  // thread serves. To be called by one thread at a time.
  void Update(const VfOffer& offer);

 private:
  struct Impl;
  explicit DevicePlugin(DevicePluginOptions options);
  std::unique_ptr<Impl> impl_;
};

}  // namespace railhook

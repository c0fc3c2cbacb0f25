#pragma once
// The two services at a resource's socket, as gRPC calls them.

#include <kubelet_api/device_plugin.grpc.pb.h>
#include <kubelet_api/plugin_registration.grpc.pb.h>

#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "vfmanager/device_plugin/device_list.h"
#include "vfmanager/device_plugin/resources.h"
#include "vfmanager/host_paths.h"

namespace railhook {

// Thread-safe, as gRPC calls from several threads.
class VfService final : public v1beta1::DevicePlugin::CallbackService {
 public:
  VfService(std::string resource, HostPaths paths);

  void SetDevices(std::vector<VfDevice> devices);
  DeviceList& list() { return list_; }
  const DeviceList& list() const { return list_; }

 private:
  using Context = grpc::CallbackServerContext;
  using Unary = grpc::ServerUnaryReactor;

  Unary* GetDevicePluginOptions(Context* context, const v1beta1::Empty* request,
                                v1beta1::DevicePluginOptions* response) override;
  grpc::ServerWriteReactor<DeviceList::List>* ListAndWatch(Context* context,
                                                           const v1beta1::Empty* request) override;
  Unary* GetPreferredAllocation(Context* context,
                                const v1beta1::PreferredAllocationRequest* request,
                                v1beta1::PreferredAllocationResponse* response) override;
  Unary* Allocate(Context* context, const v1beta1::AllocateRequest* request,
                  v1beta1::AllocateResponse* response) override;
  Unary* PreStartContainer(Context* context, const v1beta1::PreStartContainerRequest* request,
                           v1beta1::PreStartContainerResponse* response) override;

  std::vector<VfDevice> Devices() const;
  Result<> AllocateOne(const v1beta1::ContainerAllocateRequest& request,
                       v1beta1::ContainerAllocateResponse& response) const;
  Result<std::vector<VfDevice>> FindHealthy(const v1beta1::ContainerAllocateRequest& request) const;
  Result<VfDevice> WithRdma(VfDevice device) const;
  Result<> CheckNodes(const std::vector<std::string>& nodes) const;
  Result<> WriteDeviceInfo(const VfDevice& device) const;

  const std::string resource_;
  const HostPaths paths_;
  mutable std::mutex mutex_;
  std::vector<VfDevice> devices_;  // guarded by mutex_
  DeviceList list_;
};

// Tells kubelet's plugin watcher what the socket is.
class PluginIdentity final : public pluginregistration::Registration::CallbackService {
 public:
  explicit PluginIdentity(std::string resource) : resource_(std::move(resource)) {}

 private:
  grpc::ServerUnaryReactor* GetInfo(grpc::CallbackServerContext* context,
                                    const pluginregistration::InfoRequest* request,
                                    pluginregistration::PluginInfo* response) override;
  grpc::ServerUnaryReactor* NotifyRegistrationStatus(
      grpc::CallbackServerContext* context, const pluginregistration::RegistrationStatus* request,
      pluginregistration::RegistrationStatusResponse* response) override;

  const std::string resource_;
};

}  // namespace railhook

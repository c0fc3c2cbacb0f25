#include "vfmanager/device_plugin/plugin_services.h"

#include <algorithm>
#include <filesystem>

#include "base/files.h"
#include "base/log.h"
#include "vfmanager/device_plugin/allocation.h"
#include "vfmanager/device_plugin/device_nodes.h"
#include "vfmanager/device_plugin/kubelet_names.h"
#include "vfmanager/device_plugin/preference.h"
#include "vfmanager/observe.h"

namespace railhook {
namespace {

DeviceList::List ListOf(const std::vector<VfDevice>& devices) {
  DeviceList::List list;
  for (const VfDevice& device : devices) {
    v1beta1::Device& entry = *list.add_devices();
    entry.set_id(device.address);
    entry.set_health(device.trouble.empty() ? kHealthy : kUnhealthy);
    if (device.numa_node >= 0) entry.mutable_topology()->add_nodes()->set_id(device.numa_node);
  }
  return list;
}

grpc::ServerUnaryReactor* Answer(grpc::CallbackServerContext* context,
                                 const grpc::Status& status = grpc::Status::OK) {
  auto* reactor = context->DefaultReactor();
  reactor->Finish(status);
  return reactor;
}

bool Exists(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

tl::unexpected<Error> Refusal(const VfDevice& device, const std::string& trouble) {
  return Fail(ErrorCode::kUnavailable, "VF " + device.address + " can't be used: " + trouble);
}

template <typename Strings>
std::vector<std::string> VectorOf(const Strings& strings) {
  return {strings.begin(), strings.end()};
}

}  // namespace

VfService::VfService(std::string resource, HostPaths paths)
    : resource_(std::move(resource)), paths_(std::move(paths)) {}

void VfService::SetDevices(std::vector<VfDevice> devices) {
  auto list = ListOf(devices);
  {
    const std::lock_guard lock(mutex_);
    devices_ = std::move(devices);
  }
  list_.Set(std::move(list));
}

std::vector<VfDevice> VfService::Devices() const {
  const std::lock_guard lock(mutex_);
  return devices_;
}

VfService::Unary* VfService::GetDevicePluginOptions(Context* context, const v1beta1::Empty*,
                                                    v1beta1::DevicePluginOptions* response) {
  response->set_get_preferred_allocation_available(true);
  return Answer(context);
}

grpc::ServerWriteReactor<DeviceList::List>* VfService::ListAndWatch(Context*,
                                                                    const v1beta1::Empty*) {
  return list_.Listen();
}

VfService::Unary* VfService::GetPreferredAllocation(
    Context* context, const v1beta1::PreferredAllocationRequest* request,
    v1beta1::PreferredAllocationResponse* response) {
  const auto devices = Devices();
  for (const auto& container : request->container_requests()) {
    auto* ids = response->add_container_responses()->mutable_device_ids();
    for (const auto& address :
         Prefer(devices, VectorOf(container.available_device_ids()),
                VectorOf(container.must_include_device_ids()), container.allocation_size())) {
      *ids->Add() = address;
    }
  }
  return Answer(context);
}

VfService::Unary* VfService::Allocate(Context* context, const v1beta1::AllocateRequest* request,
                                      v1beta1::AllocateResponse* response) {
  for (const auto& container : request->container_requests()) {
    const auto allocated = AllocateOne(container, *response->add_container_responses());
    if (allocated) continue;
    const std::string& why = allocated.error().message;
    Log(LogLevel::kError, "VFs refused to a pod", {{"resource", resource_}, {"error", why}});
    return Answer(context, {grpc::StatusCode::FAILED_PRECONDITION, why});
  }
  return Answer(context);
}

VfService::Unary* VfService::PreStartContainer(Context* context,
                                               const v1beta1::PreStartContainerRequest*,
                                               v1beta1::PreStartContainerResponse*) {
  return Answer(context);
}

Result<> VfService::AllocateOne(const v1beta1::ContainerAllocateRequest& request,
                                v1beta1::ContainerAllocateResponse& response) const {
  const auto devices = TRY(FindHealthy(request));
  const auto given = AllocationOf(resource_, devices, Exists(paths_.dev / kRdmaCm));
  TRY(CheckNodes(given.device_nodes));
  for (const VfDevice& device : devices) TRY(WriteDeviceInfo(device));
  for (const auto& [name, value] : given.environment) (*response.mutable_envs())[name] = value;
  for (const std::string& node : given.device_nodes) {
    v1beta1::DeviceSpec& spec = *response.add_devices();
    spec.set_container_path(PathInContainer(node));
    spec.set_host_path(PathInContainer(node));
    spec.set_permissions("rw");
  }
  return {};
}

// The list that kubelet chose from may be older than ours.
Result<std::vector<VfDevice>> VfService::FindHealthy(
    const v1beta1::ContainerAllocateRequest& request) const {
  const auto devices = Devices();
  std::vector<VfDevice> found;
  for (const std::string& id : request.device_ids()) {
    const auto device = std::find_if(devices.begin(), devices.end(),
                                     [&](const VfDevice& one) { return one.address == id; });
    if (device == devices.end()) {
      return Fail(ErrorCode::kNotFound, resource_ + " has no VF " + id + " any more");
    }
    if (!device->trouble.empty()) return Refusal(*device, device->trouble);
    found.push_back(device->is_rdma ? TRY(WithRdma(*device)) : *device);
  }
  return found;
}

// As it is now: whoever binds a VF anew, as CNI plugins do, renumbers its character devices.
Result<VfDevice> VfService::WithRdma(VfDevice device) const {
  device.rdma = ReadRdmaDevice(paths_, device.address);
  if (const auto trouble = RdmaTrouble(device.rdma); !trouble.empty())
    return Refusal(device, trouble);
  return device;
}

Result<> VfService::CheckNodes(const std::vector<std::string>& nodes) const {
  for (const std::string& node : nodes) {
    if (!Exists(paths_.dev / node)) {
      return Fail(ErrorCode::kUnavailable, PathInContainer(node) + " isn't there any more");
    }
  }
  return {};
}

Result<> VfService::WriteDeviceInfo(const VfDevice& device) const {
  std::error_code ignored;  // then the file can't be written either
  std::filesystem::create_directories(paths_.devinfo, ignored);
  return ReplaceFile(paths_.devinfo / DeviceInfoFile(resource_, device), DeviceInfoText(device),
                     0644);
}

grpc::ServerUnaryReactor* PluginIdentity::GetInfo(grpc::CallbackServerContext* context,
                                                  const pluginregistration::InfoRequest*,
                                                  pluginregistration::PluginInfo* response) {
  response->set_type(kPluginType);
  response->set_name(resource_);
  response->add_supported_versions(kPluginVersion);
  return Answer(context);
}

grpc::ServerUnaryReactor* PluginIdentity::NotifyRegistrationStatus(
    grpc::CallbackServerContext* context, const pluginregistration::RegistrationStatus* request,
    pluginregistration::RegistrationStatusResponse*) {
  if (request->plugin_registered()) {
    Log(LogLevel::kInfo, "kubelet has the resource", {{"resource", resource_}});
  } else {
    Log(LogLevel::kError, "kubelet refuses the resource",
        {{"resource", resource_}, {"error", request->error()}});
  }
  return Answer(context);
}

}  // namespace railhook

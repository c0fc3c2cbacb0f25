#include "vfmanager/device_plugin/device_plugin.h"

#include <grpc/support/log.h>
#include <sys/un.h>

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "base/log.h"
#include "base/text.h"
#include "k8sclient/names.h"
#include "vfmanager/device_plugin/pci_path.h"
#include "vfmanager/device_plugin/resource_server.h"
#include "vfmanager/device_plugin/resources.h"

namespace railhook {
namespace {

constexpr std::chrono::seconds kPause{1};  // between looks at the sockets

struct Served {
  std::vector<VfDevice> devices;
  std::unique_ptr<ResourceServer> server;  // none until it could be started
  std::string complaint;                   // the last that was logged
};

// A socket's path is short, and a resource's name may be long.
std::filesystem::path SocketOf(const std::filesystem::path& folder, const std::string& name) {
  const auto usual = folder / (name + ".sock");
  if (usual.native().size() < sizeof(sockaddr_un::sun_path)) return usual;
  return folder / ("railhook_" + std::to_string(std::hash<std::string>{}(name)) + ".sock");
}

void LogForGrpc(gpr_log_func_args* said) {
  Log(LogLevel::kWarning, "gRPC says", {{"text", said->message}});
}

const VfDevice* FindDevice(const std::vector<VfDevice>& devices, const std::string& address) {
  for (const VfDevice& device : devices) {
    if (device.address == address) return &device;
  }
  return nullptr;
}

void LogTroubles(const std::string& resource, const std::vector<VfDevice>& before,
                 const std::vector<VfDevice>& now) {
  for (const VfDevice& device : now) {
    const auto* old = FindDevice(before, device.address);
    if (device.trouble == (old != nullptr ? old->trouble : "")) continue;
    const bool well = device.trouble.empty();
    Log(well ? LogLevel::kInfo : LogLevel::kWarning,
        well ? "a VF can be used again" : "no pod gets this VF",
        {{"resource", resource}, {"vf", device.address}, {"why", device.trouble}});
  }
}

std::vector<VfResource> Locate(std::vector<VfResource> resources,
                               const std::filesystem::path& sysfs) {
  for (VfResource& resource : resources) {
    for (VfDevice& device : resource.devices) device.pci_path = PciPath(sysfs, device.address);
  }
  return resources;
}

}  // namespace

struct DevicePlugin::Impl {
  explicit Impl(DevicePluginOptions given)
      : options(std::move(given)), keeper([this](const auto& stop) { Keep(stop); }) {}

  // ---- On the keeper's thread, which alone knows of servers ----

  void Keep(const std::stop_token& stop) {
    RemoveDeadSockets(PluginFolder::Of(options.paths).path, options.prefix + "_");
    while (!stop.stop_requested()) {
      if (auto resources = Await(stop)) Take(std::move(*resources));
      for (auto& [name, resource] : served) Tend(name, resource);
    }
  }

  // What is wanted where that is new; nullopt after a pause.
  std::optional<std::vector<VfResource>> Await(const std::stop_token& stop) {
    std::unique_lock lock(mutex);
    changed.wait_for(lock, stop, kPause, [this] { return wanted.has_value(); });
    return std::exchange(wanted, std::nullopt);
  }

  void Take(std::vector<VfResource> resources) {
    std::map<std::string, Served> kept;
    for (VfResource& resource : resources) {
      Served& entry = kept[resource.name] = std::move(served[resource.name]);
      LogTroubles(resource.name, entry.devices, resource.devices);
      if (entry.server && entry.devices != resource.devices) {
        entry.server->SetDevices(resource.devices);
      }
      entry.devices = std::move(resource.devices);
    }
    served.swap(kept);  // the rest ends here
  }

  void Tend(const std::string& name, Served& resource) {
    if (resource.server && resource.server->HasSocket() &&
        resource.server->Unheard() < options.patience) {
      return;
    }
    resource.server.reset();
    const auto offered = Offer(name, resource);
    const std::string complaint = offered ? "" : offered.error().message;
    if (!complaint.empty() && complaint != resource.complaint) {
      Log(LogLevel::kError, "kubelet can't be told of a resource",
          {{"resource", name}, {"error", complaint}});
    }
    resource.complaint = complaint;
  }

  Result<> Offer(const std::string& name, Served& resource) const {
    const auto folder = PluginFolder::Of(options.paths);
    const auto socket = SocketOf(folder.path, options.prefix + "_" + name);
    const std::string full_name = options.prefix + "/" + name;
    auto server = TRY(ResourceServer::Start(full_name, socket, options.paths));
    server->SetDevices(resource.devices);
    if (!folder.is_watched) TRY(RegisterWithKubelet(full_name, socket));
    resource.server = std::move(server);
    return {};
  }

  const DevicePluginOptions options;
  std::map<std::string, Served> served;
  std::mutex mutex;
  std::condition_variable_any changed;
  std::optional<std::vector<VfResource>> wanted;  // guarded by mutex; none: nothing new
  std::jthread keeper;                            // last: it uses the rest
};

Result<std::unique_ptr<DevicePlugin>> DevicePlugin::Start(DevicePluginOptions options) {
  if (!IsDnsSubdomain(options.prefix)) {
    return Fail(ErrorCode::kInvalid, "prefix of resources " + Quoted(options.prefix) +
                                         " is no domain name: write one such as spidernet.io");
  }
  gpr_set_log_function(LogForGrpc);
  return std::unique_ptr<DevicePlugin>(new DevicePlugin(std::move(options)));
}

DevicePlugin::DevicePlugin(DevicePluginOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}

DevicePlugin::~DevicePlugin() = default;

void DevicePlugin::Update(const VfOffer& offer) {
  const DevicePluginOptions& options = impl_->options;
  std::vector<VfResource> resources;
  if (!offer.withheld) resources = Locate(DevicesOf(offer, options.prefix), options.paths.sysfs);
  const std::lock_guard lock(impl_->mutex);
  impl_->wanted = std::move(resources);
  impl_->changed.notify_one();
}

}  // namespace railhook

#pragma once
// Serves one resource to kubelet.

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "vfmanager/device_plugin/resources.h"
#include "vfmanager/host_paths.h"

namespace railhook {

// Where kubelet looks for plugins on this host.
struct PluginFolder {
  std::filesystem::path path;
  bool is_watched = true;  // kubelet finds sockets there; else it has to be called

  static PluginFolder Of(const HostPaths& paths);
};

class ResourceServer {
 public:
  // Listens at `socket`. `resource` has its prefix. kConflict where another program listens there,
  // kUnavailable where nobody can.
  static Result<std::unique_ptr<ResourceServer>> Start(const std::string& resource,
                                                       const std::filesystem::path& socket,
                                                       const HostPaths& paths);
  // Ends all calls, and removes the socket.
  ~ResourceServer();

  // What kubelet is told, at once where it listens. Thread-safe.
  void SetDevices(std::vector<VfDevice> devices);

  // Whether the socket is still the one that this server listens at.
  bool HasSocket() const;
  // How long nobody has listened to the list of devices; 0 while somebody does.
  std::chrono::milliseconds Unheard() const;

 private:
  struct Impl;
  explicit ResourceServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Removes sockets whose names begin so and at which nobody listens: a plugin that was killed left
// them, and kubelet would try them again and again.
void RemoveDeadSockets(const std::filesystem::path& folder, const std::string& beginning);

// Tells kubelet of a socket in device-plugins/, of which `socket` is one.
Result<> RegisterWithKubelet(const std::string& resource, const std::filesystem::path& socket);

}  // namespace railhook

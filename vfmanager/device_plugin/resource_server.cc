#include "vfmanager/device_plugin/resource_server.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <utility>

#include "vfmanager/device_plugin/kubelet_names.h"
#include "vfmanager/device_plugin/plugin_services.h"

namespace railhook {
namespace {

constexpr std::chrono::seconds kLastWords{1};  // for calls that are under way
constexpr std::chrono::seconds kCallLimit{2};

using Inode = std::pair<dev_t, ino_t>;  // {} where there is none

Inode InodeOf(const std::filesystem::path& path) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) return {};
  return {found.st_dev, found.st_ino};
}

// gRPC would take the place of any socket without asking.
bool SomebodyListens(const std::filesystem::path& socket) {
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  socket.native().copy(address.sun_path, sizeof(address.sun_path) - 1);
  const int caller = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool answered =
      ::connect(caller, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  ::close(caller);
  return answered;
}

std::string UrlOf(const std::filesystem::path& socket) { return "unix:" + socket.string(); }

auto After(std::chrono::milliseconds pause) { return std::chrono::system_clock::now() + pause; }

}  // namespace

PluginFolder PluginFolder::Of(const HostPaths& paths) {
  std::error_code ignored;
  if (std::filesystem::is_directory(paths.kubelet / kWatchedFolder, ignored)) {
    return {paths.kubelet / kWatchedFolder, true};
  }
  return {paths.kubelet / kPlainFolder, false};
}

struct ResourceServer::Impl {
  Impl(const std::string& resource, std::filesystem::path socket_path, const HostPaths& paths)
      : socket(std::move(socket_path)), vfs(resource, paths), identity(resource) {}

  bool Listen() {
    int bound = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort(UrlOf(socket), grpc::InsecureServerCredentials(), &bound);
    builder.RegisterService(&vfs);
    builder.RegisterService(&identity);
    server = builder.BuildAndStart();
    inode = InodeOf(socket);
    return server != nullptr && bound != 0;
  }

  const std::filesystem::path socket;
  VfService vfs;
  PluginIdentity identity;
  Inode inode;
  std::unique_ptr<grpc::Server> server;  // last: its calls use the services
};

Result<std::unique_ptr<ResourceServer>> ResourceServer::Start(const std::string& resource,
                                                              const std::filesystem::path& socket,
                                                              const HostPaths& paths) {
  if (SomebodyListens(socket)) {
    return Fail(ErrorCode::kConflict, "another device plugin listens at " + socket.string() +
                                          ": stop it, or use another prefix of resources");
  }
  auto impl = std::make_unique<Impl>(resource, socket, paths);
  if (!impl->Listen()) {
    return Fail(ErrorCode::kUnavailable, "can't listen at " + socket.string());
  }
  return std::unique_ptr<ResourceServer>(new ResourceServer(std::move(impl)));
}

ResourceServer::ResourceServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

ResourceServer::~ResourceServer() {
  impl_->vfs.list().Close();
  impl_->server->Shutdown(After(kLastWords));
}

void ResourceServer::SetDevices(std::vector<VfDevice> devices) {
  impl_->vfs.SetDevices(std::move(devices));
}

// Also one that went before its inode was asked for is none.
bool ResourceServer::HasSocket() const {
  const Inode there = InodeOf(impl_->socket);
  return there != Inode() && there == impl_->inode;
}

std::chrono::milliseconds ResourceServer::Unheard() const { return impl_->vfs.list().Unheard(); }

void RemoveDeadSockets(const std::filesystem::path& folder, const std::string& beginning) {
  std::error_code ignored;
  std::vector<std::filesystem::path> dead;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    if (entry.path().filename().native().starts_with(beginning) && entry.is_socket(ignored) &&
        !SomebodyListens(entry.path())) {
      dead.push_back(entry.path());
    }
  }
  for (const auto& socket : dead) std::filesystem::remove(socket, ignored);
}

Result<> RegisterWithKubelet(const std::string& resource, const std::filesystem::path& socket) {
  const auto kubelet = socket.parent_path() / kKubeletSocket;
  const auto stub = v1beta1::Registration::NewStub(
      grpc::CreateChannel(UrlOf(kubelet), grpc::InsecureChannelCredentials()));
  v1beta1::RegisterRequest request;
  request.set_version(kPluginVersion);
  request.set_endpoint(socket.filename());
  request.set_resource_name(resource);
  request.mutable_options()->set_get_preferred_allocation_available(true);
  grpc::ClientContext context;
  context.set_deadline(After(kCallLimit));
  v1beta1::Empty response;
  const auto status = stub->Register(&context, request, &response);
  if (status.ok()) return {};
  return Fail(ErrorCode::kUnavailable,
              "registering at " + kubelet.string() + ": " + status.error_message());
}

}  // namespace railhook

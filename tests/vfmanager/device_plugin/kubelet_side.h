#pragma once
// kubelet's side of a device plugin's socket, and its own socket.

#include <grpcpp/create_channel.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <kubelet_api/device_plugin.grpc.pb.h>
#include <kubelet_api/plugin_registration.grpc.pb.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace railhook {

using Healths = std::map<std::string, std::string>;  // by a device's id

// A call that gets no answer within this ends.
inline void Bound(grpc::ClientContext& context) {
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::minutes(1));
  context.set_wait_for_ready(true);
}

// A call of ListAndWatch.
class DeviceWatch {
 public:
  explicit DeviceWatch(v1beta1::DevicePlugin::Stub& stub) {
    Bound(context_);
    reader_ = stub.ListAndWatch(&context_, v1beta1::Empty());
  }
  ~DeviceWatch() {
    context_.TryCancel();
    reader_->Finish();
  }

  // Whether a list comes that has these devices.
  bool ComesTo(const Healths& wanted) {
    v1beta1::ListAndWatchResponse list;
    while (reader_->Read(&list)) {
      last = list;
      if (HealthsOf(list) == wanted) return true;
    }
    return false;
  }
  // Whether the call ends. Lists that come before are read.
  bool Ends() {
    v1beta1::ListAndWatchResponse list;
    while (reader_->Read(&list)) last = list;
    return context_.deadline() > std::chrono::system_clock::now();
  }

  v1beta1::ListAndWatchResponse last;

 private:
  static Healths HealthsOf(const v1beta1::ListAndWatchResponse& list) {
    Healths healths;
    for (const auto& device : list.devices()) healths[device.id()] = device.health();
    return healths;
  }

  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<v1beta1::ListAndWatchResponse>> reader_;
};

// What kubelet calls at a plugin's socket.
class PluginClient {
 public:
  explicit PluginClient(const std::filesystem::path& socket)
      : channel_(
            grpc::CreateChannel("unix:" + socket.string(), grpc::InsecureChannelCredentials())),
        plugin(v1beta1::DevicePlugin::NewStub(channel_)),
        registration(pluginregistration::Registration::NewStub(channel_)) {}

  template <typename Response, typename Stub, typename Request>
  static grpc::Status Call(Stub& stub,
                           grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                        Response*),
                           const Request& request, Response& response) {
    grpc::ClientContext context;
    Bound(context);
    return (stub.*method)(&context, request, &response);
  }

  pluginregistration::PluginInfo Info() {
    pluginregistration::PluginInfo info;
    Call(*registration, &pluginregistration::Registration::Stub::GetInfo,
         pluginregistration::InfoRequest(), info);
    return info;
  }

  grpc::Status Allocate(const std::vector<std::string>& ids, v1beta1::AllocateResponse& response) {
    v1beta1::AllocateRequest request;
    auto& container = *request.add_container_requests();
    for (const auto& id : ids) container.add_device_ids(id);
    return Call(*plugin, &v1beta1::DevicePlugin::Stub::Allocate, request, response);
  }

 private:
  std::shared_ptr<grpc::Channel> channel_;

 public:
  const std::unique_ptr<v1beta1::DevicePlugin::Stub> plugin;
  const std::unique_ptr<pluginregistration::Registration::Stub> registration;
};

// kubelet.sock, which notes who registers.
class KubeletSocket final : public v1beta1::Registration::Service {
 public:
  explicit KubeletSocket(const std::filesystem::path& folder) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("unix:" + (folder / "kubelet.sock").string(),
                             grpc::InsecureServerCredentials());
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  ~KubeletSocket() override { server_->Shutdown(std::chrono::system_clock::now()); }

  // "v1beta1 spidernet.io/gpu1rdma spidernet.io_gpu1rdma.sock", once for each call.
  std::vector<std::string> Registered() const {
    const std::lock_guard lock(mutex_);
    return registered_;
  }

 private:
  grpc::Status Register(grpc::ServerContext*, const v1beta1::RegisterRequest* request,
                        v1beta1::Empty*) override {
    const std::lock_guard lock(mutex_);
    registered_.push_back(request->version() + " " + request->resource_name() + " " +
                          request->endpoint());
    return grpc::Status::OK;
  }

  mutable std::mutex mutex_;
  std::vector<std::string> registered_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace railhook

#pragma once
// The list of devices that kubelet listens to.

#include <grpcpp/support/server_callback.h>
#include <kubelet_api/device_plugin.pb.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <set>

namespace railhook {

// Hands the current list to everybody who listens, and each later one. Thread-safe.
class DeviceList {
 public:
  using List = v1beta1::ListAndWatchResponse;

  DeviceList();
  void Set(List list);

  // A new listener, which lives as long as its call.
  grpc::ServerWriteReactor<List>* Listen();

  // Ends all calls; those that come later end at once.
  void Close();

  // 0 while somebody listens.
  std::chrono::milliseconds Unheard() const;

 private:
  class Listener;
  using Clock = std::chrono::steady_clock;

  mutable std::mutex mutex_;  // also guards the listeners' own state
  std::shared_ptr<const List> list_;
  std::set<Listener*> listeners_;
  Clock::time_point last_heard_;
  bool closed_ = false;
};

}  // namespace railhook

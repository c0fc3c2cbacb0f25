#pragma once
// Waits for devices to come and go.

#include <chrono>
#include <functional>
#include <stop_token>

namespace railhook {

// Hears what the kernel says about devices (NETLINK_KOBJECT_UEVENT) from its making on; where it
// may not hear, it looks often instead. For one thread.
class KernelEvents {
 public:
  KernelEvents();
  KernelEvents(const KernelEvents&) = delete;
  ~KernelEvents();

  // Whether `ready` came to be true before `deadline` and before `stop` was requested. It is asked
  // at once, after each event, and ten times a second.
  bool Await(const std::function<bool()>& ready, std::chrono::steady_clock::time_point deadline,
             const std::stop_token& stop);

 private:
  void WaitForEvent(std::chrono::milliseconds longest);

  int socket_;  // below 0: none
};

}  // namespace railhook

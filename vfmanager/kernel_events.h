#pragma once
// Hears what the kernel says about devices (NETLINK_KOBJECT_UEVENT), and waits for them.
//
// No capability is needed for it. Outside of the host's network namespace nothing is heard of
// network devices.

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <string_view>

#include "base/file_descriptor.h"

namespace railhook {

// Hears from its making on; where it may not hear, it looks often instead. For one thread.
class KernelEvents {
 public:
  KernelEvents();

  // Whether `ready` came to be true before `deadline` and before `stop` was requested. It is asked
  // at once, after each event, and ten times a second.
  bool Await(const std::function<bool()>& ready, std::chrono::steady_clock::time_point deadline,
             const std::stop_token& stop);

 private:
  void WaitForEvent(std::chrono::milliseconds longest);

  FileDescriptor socket_;  // may be none
};

// Whether an event, as the kernel sends it ("add@/devices/...", then KEY=VALUE, each with a zero
// byte), is of a PCI function, or of a network or RDMA device that has one. Pure.
bool IsOfNic(std::string_view event);

// Calls `changed`, on a thread of its own, when NICs or their VFs have come, gone or changed; once
// for many events: when nothing has been heard for a third of a second, or after two seconds.
class NicEvents {
 public:
  explicit NicEvents(std::function<void()> changed);
  ~NicEvents();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace railhook

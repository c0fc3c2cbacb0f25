#include "vfmanager/kernel_events.h"

#include <linux/netlink.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <thread>

namespace railhook {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kLookEvery{100};
constexpr unsigned kFromKernel = 1;  // the group of what the kernel says itself

int Listen() {
  const int opened =
      ::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);
  if (opened < 0) return opened;
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = kFromKernel;
  if (::bind(opened, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    return opened;
  ::close(opened);
  return -1;
}

}  // namespace

KernelEvents::KernelEvents() : socket_(Listen()) {}

KernelEvents::~KernelEvents() {
  if (socket_ >= 0) ::close(socket_);
}

bool KernelEvents::Await(const std::function<bool()>& ready, steady_clock::time_point deadline,
                         const std::stop_token& stop) {
  while (!ready()) {
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
    if (left <= milliseconds::zero() || stop.stop_requested()) return false;
    WaitForEvent(std::min(left, kLookEvery));
  }
  return true;
}

// What was said doesn't matter, only that something was.
void KernelEvents::WaitForEvent(milliseconds longest) {
  if (socket_ < 0) {
    std::this_thread::sleep_for(longest);
    return;
  }
  pollfd readable{socket_, POLLIN, 0};
  ::poll(&readable, 1, static_cast<int>(longest.count()));
  std::array<char, 4096> event;
  while (::recv(socket_, event.data(), event.size(), 0) >= 0) continue;
}

}  // namespace railhook

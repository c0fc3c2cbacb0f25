#include "vfmanager/kernel_events.h"

#include <linux/netlink.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <thread>
#include <utility>

namespace railhook {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kLookEvery{100};
constexpr milliseconds kQuiet{300};
constexpr milliseconds kLongestBurst{2'000};
constexpr milliseconds kForever{-1};
constexpr unsigned kFromKernel = 1;  // the group of what the kernel says itself

// None where it may not.
FileDescriptor Listen() {
  FileDescriptor opened(
      ::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT));
  if (!opened) return opened;
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = kFromKernel;
  const bool bound =
      ::bind(opened.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  return bound ? std::move(opened) : FileDescriptor();
}

// Takes all that has been said; whether any of it counts. What was lost may have counted.
bool TakeAll(int socket, bool (*counts)(std::string_view)) {
  std::array<char, 4096> event;
  bool found = false;
  while (true) {
    const ssize_t size = ::recv(socket, event.data(), event.size(), 0);
    const bool lost = size < 0 && errno == ENOBUFS;
    if (size < 0 && !lost && errno != EINTR) return found;
    found |= lost || (size > 0 && counts({event.data(), static_cast<std::size_t>(size)}));
  }
}

bool Any(std::string_view) { return true; }

// The value of "KEY=" among parts that end with zero bytes; "" where there is none.
std::string_view ValueIn(std::string_view event, std::string_view key) {
  while (!event.empty()) {
    const std::string_view part = event.substr(0, event.find('\0'));
    if (part.starts_with(key)) return part.substr(key.size());
    event.remove_prefix(std::min(part.size() + 1, event.size()));
  }
  return "";
}

}  // namespace

KernelEvents::KernelEvents() : socket_(Listen()) {}

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
  if (!socket_) {
    std::this_thread::sleep_for(longest);
    return;
  }
  pollfd readable{socket_.get(), POLLIN, 0};
  ::poll(&readable, 1, static_cast<int>(longest.count()));
  TakeAll(socket_.get(), Any);
}

// Devices of pods, such as veths, are virtual ones.
bool IsOfNic(std::string_view event) {
  const std::string_view subsystem = ValueIn(event, "SUBSYSTEM=");
  if (subsystem == "pci") return true;
  const bool is_device = subsystem == "net" || subsystem == "infiniband";
  return is_device && !ValueIn(event, "DEVPATH=").starts_with("/devices/virtual/");
}

struct NicEvents::Impl {
  const FileDescriptor events = Listen();
  const FileDescriptor end{::eventfd(0, EFD_CLOEXEC)};
  const std::function<void()> changed;
  std::jthread thread;  // last: joined before what it uses goes

  explicit Impl(std::function<void()> tell)
      : changed(std::move(tell)), thread([this](const std::stop_token& stop) { Run(stop); }) {}

  void Run(const std::stop_token& stop) const {
    const std::stop_callback wake(stop, [this] { ::eventfd_write(end.get(), 1); });
    while (events && end && !stop.stop_requested()) {
      Said(kForever);
      if (TakeAll(events.get(), IsOfNic) && AwaitQuiet(stop)) changed();
    }
  }

  // False where it is to end.
  bool AwaitQuiet(const std::stop_token& stop) const {
    const auto last = steady_clock::now() + kLongestBurst;
    while (!stop.stop_requested() && Said(kQuiet) && steady_clock::now() < last)
      TakeAll(events.get(), Any);
    return !stop.stop_requested();
  }

  // Whether anything is, be it that it is to end.
  bool Said(milliseconds longest) const {
    std::array<pollfd, 2> readable{{{events.get(), POLLIN, 0}, {end.get(), POLLIN, 0}}};
    return ::poll(readable.data(), readable.size(), static_cast<int>(longest.count())) > 0;
  }
};

NicEvents::NicEvents(std::function<void()> changed)
    : impl_(std::make_unique<Impl>(std::move(changed))) {}

NicEvents::~NicEvents() = default;

}  // namespace railhook

#pragma once
// A non-blocking socket that knows how long its bytes have lain unread: the only queue of an event
// loop stands in the kernel.

#include <sys/types.h>

#include <chrono>
#include <span>
#include <string_view>

namespace railhook {

// Has the kernel note when bytes come, also for the clients of a listening socket. Where it can't,
// bytes count as having just come.
void StampArrivals(int socket);

// Borrows the socket. Never raises SIGPIPE.
class StampedSocket {
 public:
  explicit StampedSocket(int socket) : socket_(socket) {}

  // As recv(2) and send(2).
  ssize_t Receive(std::span<char> into);
  ssize_t Send(std::string_view bytes);

  // How long ago the last of the bytes that were received came to this machine; never negative.
  // Follows the clock of the day: a step of that clock shows in it once.
  std::chrono::nanoseconds Age() const;

 private:
  int socket_;
  std::chrono::nanoseconds stamp_{0};  // since 1970; 0: the kernel didn't say
};

}  // namespace railhook

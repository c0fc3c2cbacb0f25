#include "webhook/server/stamped_socket.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <ctime>

namespace railhook {
namespace {

using std::chrono::nanoseconds;

nanoseconds SinceEpoch(const timespec& time) {
  return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

nanoseconds Now() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return SinceEpoch(now);
}

nanoseconds StampIn(msghdr& message) {
  for (auto* part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec stamp{};
    std::memcpy(&stamp, CMSG_DATA(part), sizeof stamp);
    return SinceEpoch(stamp);
  }
  return nanoseconds(0);
}

}  // namespace

void StampArrivals(int socket) {
  const int on = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
}

ssize_t StampedSocket::Receive(std::span<char> into) {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(timespec))> control;
  iovec place{.iov_base = into.data(), .iov_len = into.size()};
  msghdr message{};
  message.msg_iov = &place;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const auto received = ::recvmsg(socket_, &message, 0);
  if (received > 0) stamp_ = StampIn(message);
  return received;
}

ssize_t StampedSocket::Send(std::string_view bytes) {
  return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

nanoseconds StampedSocket::Age() const {
  if (stamp_ == nanoseconds(0)) return stamp_;
  return std::max(Now() - stamp_, nanoseconds(0));
}

}  // namespace railhook

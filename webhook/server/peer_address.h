#pragma once
// Where a connection comes from.

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace railhook {

// An IPv6 address; an IPv4 one stands as ::ffff:a.b.c.d (RFC 4291 2.5.5.2), so that a client is the
// same one on every kind of socket.
using PeerAddress = std::array<std::uint8_t, 16>;

// `from` is what accept(2) gave. All zeros for what is neither IPv4 nor IPv6.
inline PeerAddress AddressOf(const sockaddr_storage& from) {
  PeerAddress address{};
  if (from.ss_family == AF_INET6) {
    std::ranges::copy(reinterpret_cast<const sockaddr_in6&>(from).sin6_addr.s6_addr,
                      address.begin());
  } else if (from.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(from).sin_addr;
    address[10] = address[11] = 0xff;
    std::copy_n(reinterpret_cast<const std::uint8_t*>(&v4), sizeof v4, address.begin() + 12);
  }
  return address;
}

}  // namespace railhook

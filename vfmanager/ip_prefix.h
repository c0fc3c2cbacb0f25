#pragma once
// IP addresses with the lengths of their prefixes, as numbers.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_text.h"

namespace railhook {

struct IpPrefix {
  IpFamily family = IpFamily::kIpv4;
  std::array<std::uint8_t, 16> bytes{};  // of an IPv4 address the first four
  int length = 0;                        // in bits

  // All that FamilyOfPrefix takes.
  static std::optional<IpPrefix> Parse(std::string_view text);
  // From the bytes of an address, of which there must be as many as it has.
  static std::optional<IpPrefix> FromBytes(std::string_view bytes, int length);

  int bits() const { return family == IpFamily::kIpv4 ? 32 : 128; }
  std::string Address() const;  // "172.16.0.10"
  std::string Text() const;     // "172.16.0.10/24"
  IpPrefix Network() const;     // "172.16.0.0/24"
  bool Contains(const IpPrefix& other) const;
  bool operator==(const IpPrefix&) const = default;
};

// The smallest network that holds all networks of `prefixes`; none where they are of two families,
// or none.
std::optional<IpPrefix> CommonNetwork(const std::vector<IpPrefix>& prefixes);

}  // namespace railhook

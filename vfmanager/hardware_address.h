#pragma once
// Addresses that a VF is given: an Ethernet MAC, an InfiniBand GUID.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace railhook {

struct MacAddress {
  std::array<std::uint8_t, 6> bytes{};

  bool IsSet() const;        // neither all zero nor all ones
  std::string Text() const;  // "02:5a:00:01:80:00"
  static std::optional<MacAddress> Parse(std::string_view text);
  auto operator<=>(const MacAddress&) const = default;
};

struct Guid {
  std::uint64_t value = 0;  // the first byte is the highest

  bool IsSet() const;  // neither zero nor all ones: both are what hardware shows that nobody set
  std::string Text() const;  // "00:11:22:33:44:55:66:77"
  // With colons after each byte, after each two (as sysfs writes it), or without.
  static std::optional<Guid> Parse(std::string_view text);
  auto operator<=>(const Guid&) const = default;
};

}  // namespace railhook

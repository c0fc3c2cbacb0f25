#pragma once
// IP addresses as people write them.

#include <optional>
#include <string_view>

namespace railhook {

enum class IpFamily { kIpv4, kIpv6 };
std::string_view NameOf(IpFamily family);  // "IPv4"

// The family of an address, such as "10.1.0.7" or "fd00::7"; nullopt of what is none.
std::optional<IpFamily> FamilyOfAddress(std::string_view text);

// The family of an address with the length of its prefix, such as "10.1.0.0/16"; nullopt of what is
// none.
std::optional<IpFamily> FamilyOfPrefix(std::string_view text);

}  // namespace railhook

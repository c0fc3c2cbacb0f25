#include "base/ip_text.h"

#include <arpa/inet.h>

#include <array>
#include <charconv>
#include <string>

namespace railhook {

std::string_view NameOf(IpFamily family) { return family == IpFamily::kIpv4 ? "IPv4" : "IPv6"; }

std::optional<IpFamily> FamilyOfAddress(std::string_view text) {
  const std::string address(text);
  if (address.find('\0') != std::string::npos) return std::nullopt;
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  if (::inet_pton(AF_INET, address.c_str(), bytes.data()) == 1) return IpFamily::kIpv4;
  if (::inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1) return IpFamily::kIpv6;
  return std::nullopt;
}

std::optional<IpFamily> FamilyOfPrefix(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto family = FamilyOfAddress(text.substr(0, slash));
  const std::string_view digits = text.substr(slash + 1);
  unsigned length = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  const bool number = error == std::errc() && end == digits.data() + digits.size();
  if (!family || !number || length > (family == IpFamily::kIpv4 ? 32u : 128u)) return std::nullopt;
  return family;
}

}  // namespace railhook

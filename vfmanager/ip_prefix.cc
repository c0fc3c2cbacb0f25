#include "vfmanager/ip_prefix.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace railhook {
namespace {

int FamilyNumber(IpFamily family) { return family == IpFamily::kIpv4 ? AF_INET : AF_INET6; }

// `length` bits at the beginning, then zeros.
IpPrefix CutTo(IpPrefix prefix, int length) {
  prefix.length = length;
  for (int bit = length; bit < 128; ++bit)
    prefix.bytes[static_cast<std::size_t>(bit / 8)] &=
        static_cast<std::uint8_t>(~(0x80 >> bit % 8));
  return prefix;
}

}  // namespace

std::optional<IpPrefix> IpPrefix::Parse(std::string_view text) {
  const auto family = FamilyOfPrefix(text);
  if (!family) return std::nullopt;
  IpPrefix prefix;
  prefix.family = *family;
  const std::size_t slash = text.find('/');
  ::inet_pton(FamilyNumber(*family), std::string(text.substr(0, slash)).c_str(),
              prefix.bytes.data());
  std::from_chars(text.data() + slash + 1, text.data() + text.size(), prefix.length);
  return prefix;
}

std::optional<IpPrefix> IpPrefix::FromBytes(std::string_view bytes, int length) {
  if (bytes.size() != 4 && bytes.size() != 16) return std::nullopt;
  IpPrefix prefix;
  prefix.family = bytes.size() == 4 ? IpFamily::kIpv4 : IpFamily::kIpv6;
  std::memcpy(prefix.bytes.data(), bytes.data(), bytes.size());
  prefix.length = std::clamp(length, 0, prefix.bits());
  return prefix;
}

std::string IpPrefix::Address() const {
  char text[INET6_ADDRSTRLEN] = "";
  ::inet_ntop(FamilyNumber(family), bytes.data(), text, sizeof text);
  return text;
}

std::string IpPrefix::Text() const { return Address() + '/' + std::to_string(length); }

IpPrefix IpPrefix::Network() const { return CutTo(*this, length); }

bool IpPrefix::Contains(const IpPrefix& other) const {
  return family == other.family && length <= other.length && CutTo(other, length) == Network();
}

std::optional<IpPrefix> CommonNetwork(const std::vector<IpPrefix>& prefixes) {
  if (prefixes.empty()) return std::nullopt;
  IpPrefix common = prefixes.front().Network();
  for (const IpPrefix& prefix : prefixes) {
    if (prefix.family != common.family) return std::nullopt;
    while (!common.Contains(prefix)) common = CutTo(common, common.length - 1);
  }
  return common;
}

}  // namespace railhook

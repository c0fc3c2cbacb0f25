#include "vfmanager/hardware_address.h"

#include <algorithm>
#include <charconv>
#include <vector>

namespace railhook {
namespace {

std::string Colons(const std::uint8_t* bytes, std::size_t size) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < size; ++i) {
    if (i > 0) text += ':';
    text += kDigits[bytes[i] >> 4];
    text += kDigits[bytes[i] & 0xF];
  }
  return text;
}

// The bytes of a text that has a colon after each `group` digits, but for the last.
std::optional<std::vector<std::uint8_t>> ReadHex(std::string_view text, std::size_t group) {
  std::vector<std::uint8_t> bytes;
  for (std::size_t at = 0; at < text.size(); at += 2) {
    if (at > 0 && at % (group + 1) == group && text[at++] != ':') return std::nullopt;
    const std::string_view pair = text.substr(at, 2);
    std::uint8_t byte = 0;
    const auto read = std::from_chars(pair.begin(), pair.end(), byte, 16);
    if (pair.size() != 2 || read.ec != std::errc() || read.ptr != pair.end()) return std::nullopt;
    bytes.push_back(byte);
  }
  return bytes;
}

constexpr std::size_t kNoColons = 1 << 10;

std::size_t GroupOf(std::string_view text) { return std::min(text.find(':'), kNoColons); }

}  // namespace

bool MacAddress::IsSet() const {
  const auto all = [&](std::uint8_t value) {
    return std::all_of(bytes.begin(), bytes.end(),
                       [=](std::uint8_t byte) { return byte == value; });
  };
  return !all(0) && !all(0xFF);
}

std::string MacAddress::Text() const { return Colons(bytes.data(), bytes.size()); }

std::optional<MacAddress> MacAddress::Parse(std::string_view text) {
  const auto read = ReadHex(text, 2);
  MacAddress mac;
  if (!read || read->size() != mac.bytes.size()) return std::nullopt;
  std::copy(read->begin(), read->end(), mac.bytes.begin());
  return mac;
}

bool Guid::IsSet() const { return value != 0 && ~value != 0; }

std::string Guid::Text() const {
  std::array<std::uint8_t, sizeof value> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<std::uint8_t>(value >> (8 * (bytes.size() - 1 - i)));
  return Colons(bytes.data(), bytes.size());
}

std::optional<Guid> Guid::Parse(std::string_view text) {
  const std::size_t group = GroupOf(text);
  const auto read =
      group == 2 || group == 4 || group == kNoColons ? ReadHex(text, group) : std::nullopt;
  Guid guid;
  if (!read || read->size() != sizeof guid.value) return std::nullopt;
  for (const std::uint8_t byte : *read) guid.value = guid.value << 8 | byte;
  return guid;
}

}  // namespace railhook

#pragma once
// Netlink's messages as bytes (netlink(7)): what is asked, and what is answered. Pure; no length
// that an answer claims is believed.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace railhook {

// A message that is being written.
class NetlinkRequest {
 public:
  NetlinkRequest(std::uint16_t type, std::uint16_t flags);

  // The fixed part, which follows the header.
  template <typename Fixed>
  NetlinkRequest& Append(const Fixed& fixed) {
    return AppendBytes({reinterpret_cast<const char*>(&fixed), sizeof fixed});
  }
  template <typename Value>
  NetlinkRequest& Put(std::uint16_t type, const Value& value) {
    return PutBytes(type, {reinterpret_cast<const char*>(&value), sizeof value});
  }
  NetlinkRequest& PutText(std::uint16_t type, std::string_view text);  // with a NUL at its end
  NetlinkRequest& Nest(std::uint16_t type, const std::function<void(NetlinkRequest&)>& fill);

  const std::string& bytes() const { return bytes_; }

 private:
  NetlinkRequest& AppendBytes(std::string_view bytes);
  NetlinkRequest& PutBytes(std::uint16_t type, std::string_view value);
  void Pad();
  void SetLength();

  std::string bytes_;
};

// A message that arrived; the text is that of the buffer that it was read from.
struct NetlinkAnswer {
  std::uint16_t type = 0;
  std::uint16_t flags = 0;
  std::string_view payload;
};

// The whole messages at the beginning of `bytes`.
std::vector<NetlinkAnswer> SplitAnswers(std::string_view bytes);

struct NetlinkAttribute {
  std::uint16_t type = 0;
  std::string_view value;

  // None where the value is shorter than that.
  template <typename Fixed>
  std::optional<Fixed> As() const;
  std::string Text() const;  // up to its NUL
};

// The whole attributes at the beginning of `bytes`.
std::vector<NetlinkAttribute> SplitAttributes(std::string_view bytes);

// The fixed part at the beginning of `bytes`; none where they are fewer.
template <typename Fixed>
std::optional<Fixed> ReadFixed(std::string_view bytes) {
  Fixed fixed;
  if (bytes.size() < sizeof fixed) return std::nullopt;
  std::memcpy(&fixed, bytes.data(), sizeof fixed);
  return fixed;
}

template <typename Fixed>
std::optional<Fixed> NetlinkAttribute::As() const {
  return ReadFixed<Fixed>(value);
}

// What follows the fixed part of a payload.
template <typename Fixed>
std::vector<NetlinkAttribute> AttributesAfter(std::string_view payload) {
  constexpr std::size_t size = (sizeof(Fixed) + 3) & ~std::size_t{3};
  return SplitAttributes(payload.substr(std::min(payload.size(), size)));
}

// What an NLMSG_ERROR or NLMSG_DONE comes to: its errno, 0 for success, and what the kernel says
// about it, or "".
struct NetlinkVerdict {
  int number = 0;
  std::string words;
};
NetlinkVerdict ReadVerdict(const NetlinkAnswer& answer);

}  // namespace railhook

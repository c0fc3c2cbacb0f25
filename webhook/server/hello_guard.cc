#include "webhook/server/hello_guard.h"

#include <algorithm>

namespace railhook {
namespace {

constexpr std::uint8_t kChangeCipherSpec = 20;
constexpr std::uint8_t kHandshake = 22;
constexpr std::uint8_t kApplicationData = 23;  // with TLS 1.3 all that is encrypted
constexpr std::size_t kLongestMessage = 16 << 10;

}  // namespace

std::size_t HelloGuard::RecordLength() const {
  return static_cast<std::size_t>(header_[3]) << 8 | header_[4];
}

std::size_t HelloGuard::MessageLength() const {
  return static_cast<std::size_t>(header_[6]) << 16 | static_cast<std::size_t>(header_[7]) << 8 |
         header_[8];
}

// Goes on to the record's rest as soon as enough of it is known.
void HelloGuard::Look() {
  if (have_ < kRecordHeader) return;
  over_ = Type() == kApplicationData || (Type() == kChangeCipherSpec && tls12_);
  std::size_t seen = 0;
  if (Type() == kHandshake) {
    bad_ = RecordLength() < kMessageHeader;  // a message whose length comes in pieces
    if (!bad_ && have_ < header_.size()) return;
    bad_ = bad_ || MessageLength() > kLongestMessage;
    seen = kMessageHeader;
  }
  skip_ = RecordLength() - std::min(seen, RecordLength());
  have_ = 0;
}

bool HelloGuard::LetsPass(std::span<const char> bytes) {
  while (!bytes.empty() && !over_ && !bad_) {
    const auto skipped = std::min(skip_, bytes.size());
    skip_ -= skipped;
    bytes = bytes.subspan(skipped);
    if (bytes.empty()) break;
    header_[have_++] = static_cast<std::uint8_t>(bytes.front());
    bytes = bytes.subspan(1);
    Look();
  }
  return !bad_;
}

}  // namespace railhook

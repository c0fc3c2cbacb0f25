#pragma once
// Watches what a client sends before encryption begins. OpenSSL sets memory aside for as long a
// ClientHello as the client announces, up to 128 KiB for nine bytes; this lets none pass that is
// longer than any client's.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace railhook {

// The records (RFC 8446 5.1) of one connection, in pieces of any length. Used by one thread.
class HelloGuard {
 public:
  // False: hang up. Afterwards it lets nothing pass any more.
  bool LetsPass(std::span<const char> bytes);

  // TLS 1.2 has encrypted records that look like others: says that the next change of the cipher
  // is the end of what is sent in the clear.
  void ExpectTls12() { tls12_ = true; }

 private:
  // The header of a record and of the message in it.
  static constexpr std::size_t kRecordHeader = 5;
  static constexpr std::size_t kMessageHeader = 4;

  void Look();
  std::uint8_t Type() const { return header_[0]; }
  std::size_t RecordLength() const;
  std::size_t MessageLength() const;

  std::array<std::uint8_t, kRecordHeader + kMessageHeader> header_{};
  std::size_t have_ = 0;  // of the header
  std::size_t skip_ = 0;  // of the record
  bool tls12_ = false;
  bool over_ = false;
  bool bad_ = false;
};

}  // namespace railhook

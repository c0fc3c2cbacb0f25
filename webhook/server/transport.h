#pragma once
// Moves bytes over a non-blocking socket, in the clear or through TLS. Never waits and never raises
// SIGPIPE.

#include <openssl/types.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace railhook {

enum class Progress {
  kDone,       // `bytes` were moved
  kWantRead,   // call again once the socket is readable
  kWantWrite,  // call again once the socket is writable
  kEnd,        // the peer hung up, or broke the protocol: nothing more will come of it
};

struct Moved {
  Progress progress;
  std::size_t bytes = 0;
};

// Used by one thread at a time. The socket is borrowed and must outlive the transport.
class ByteTransport {
 public:
  virtual ~ByteTransport() = default;
  virtual Moved Handshake() = 0;
  virtual Moved Read(std::span<char> into) = 0;
  virtual Moved Write(std::string_view bytes) = 0;

  // How long the last bytes that were received have been on this machine.
  virtual std::chrono::nanoseconds Age() const = 0;

  // Why a handshake has come to its end, where that is the client's certificate; else "".
  virtual std::string ClientFault() const = 0;

  // Tells the peer that nothing more will be written (TLS close_notify), as far as that is possible
  // at once.
  virtual void SayGoodbye() = 0;
};

std::unique_ptr<ByteTransport> MakePlainTransport(int socket);

// The server's side of TLS; null where OpenSSL has no memory left. `tls` may be released right
// after the call.
std::unique_ptr<ByteTransport> MakeTlsTransport(int socket, SSL_CTX& tls);

}  // namespace railhook

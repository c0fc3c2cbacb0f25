#pragma once
// A client that sends exactly the bytes it is told to, over TLS or in the clear, and never waits
// longer than ten seconds. Raises no SIGPIPE and doesn't ignore it either: a server that raised one
// would end the test.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/file_descriptor.h"

namespace railhook {

inline constexpr int kLongestWaitMs = 10'000;

// A message as it came. `status` is 0 where none came.
struct RawAnswer {
  int status = 0;
  std::string header;
  std::string body;

  bool Has(std::string_view field) const { return header.find(field) != header.npos; }
};

class RawClient {
 public:
  enum class Over { kPlain, kTls };

  explicit RawClient(std::uint16_t port, Over over = Over::kPlain) : RawClient(MakeSocket()) {
    Connect(port);
    if (over == Over::kTls) StartTls();
  }

  // For sockets that must exist before they are connected. `from`: the address that the server
  // sees, of 127.0.0.0/8; null for the usual one.
  static FileDescriptor MakeSocket(const char* from = nullptr) {
    FileDescriptor made(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (from == nullptr) return made;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    ::inet_pton(AF_INET, from, &address.sin_addr);
    ::bind(made.get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
    return made;
  }
  explicit RawClient(FileDescriptor socket) : socket_(std::move(socket)) {}

  bool Connect(std::uint16_t port) {
    const int at_once = 1;
    ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return ::connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }

  // A TLS client without a handshake yet; its certificate checks are the business of other tests.
  SSL* PrepareTls() {
    context_.reset(SSL_CTX_new(TLS_client_method()));
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(ssl_.get());
    return ssl_.get();
  }

  // Whether the handshake succeeds.
  bool Handshake() {
    int outcome = 0;
    while ((outcome = SSL_do_handshake(ssl_.get())) != 1) {
      Flush();
      if (SSL_get_error(ssl_.get(), outcome) != SSL_ERROR_WANT_READ || !Fill()) return false;
    }
    return Flush();
  }

  bool StartTls() { return PrepareTls() && Handshake(); }

  // The first flight of a handshake, for those who want to send it badly.
  std::string ClientHello() {
    PrepareTls();
    SSL_do_handshake(ssl_.get());
    return Outgoing();
  }

  // False when the connection is gone.
  bool Send(std::string_view bytes) {
    if (!ssl_) return SendRaw(bytes);
    SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
    return Flush();
  }

  // Around TLS.
  bool SendRaw(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  // The next message, of the length that it announces; an interim one (100) counts as one. HEAD's
  // has no body.
  RawAnswer Read(bool with_body = true) {
    RawAnswer answer;
    std::size_t end = 0;
    while ((end = received_.find("\r\n\r\n")) == received_.npos) {
      if (!Receive()) return answer;
    }
    answer.header = Take(end + 4);
    const auto length = with_body ? AnnouncedLength(answer.header) : 0;
    while (received_.size() < length) {
      if (!Receive()) return {};
    }
    answer.body = Take(length);
    answer.status = std::stoi(answer.header.substr(answer.header.find(' ')));
    return answer;
  }

  RawAnswer Ask(std::string_view request) { return Send(request) ? Read() : RawAnswer{}; }

  // Whether the server hangs up within the longest wait, having sent nothing more.
  bool IsHungUp() {
    while (Receive()) {
    }
    return ended_ && received_.empty();
  }

  // Whether it does while waiting for no longer than this. Takes no bytes.
  bool HangsUpWithin(std::chrono::milliseconds patience) {
    pollfd wanted{.fd = socket_.get(), .events = POLLRDHUP, .revents = 0};
    return ::poll(&wanted, 1, static_cast<int>(patience.count())) > 0;
  }

  // Hangs up in the middle of everything.
  void Reset() {
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    socket_ = FileDescriptor();
  }

  int socket() const { return socket_.get(); }
  SSL* ssl() { return ssl_.get(); }

 private:
  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };

  static std::size_t AnnouncedLength(const std::string& header) {
    constexpr std::string_view name = "Content-Length: ";
    const auto at = header.find(name);
    return at == header.npos ? 0 : std::stoul(header.substr(at + name.size()));
  }

  std::string Take(std::size_t size) {
    auto taken = received_.substr(0, size);
    received_.erase(0, size);
    return taken;
  }

  std::string Outgoing() {
    char* bytes = nullptr;
    const auto size = BIO_get_mem_data(SSL_get_wbio(ssl_.get()), &bytes);
    std::string out(bytes, static_cast<std::size_t>(size));
    (void)BIO_reset(SSL_get_wbio(ssl_.get()));
    return out;
  }

  bool Flush() { return SendRaw(Outgoing()); }

  std::string ReceiveRaw() {
    pollfd wanted{.fd = socket_.get(), .events = POLLIN, .revents = 0};
    if (::poll(&wanted, 1, kLongestWaitMs) <= 0) return {};
    char bytes[16 << 10];
    const auto got = ::recv(socket_.get(), bytes, sizeof bytes, 0);
    ended_ = got <= 0;
    return {bytes, static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
  }

  // More ciphertext for OpenSSL.
  bool Fill() {
    const auto bytes = ReceiveRaw();
    BIO_write(SSL_get_rbio(ssl_.get()), bytes.data(), static_cast<int>(bytes.size()));
    return !bytes.empty();
  }

  // More plaintext in `received_`.
  bool Receive() {
    if (!ssl_) {
      const auto bytes = ReceiveRaw();
      received_.append(bytes);
      return !bytes.empty();
    }
    char bytes[16 << 10];
    for (;;) {
      const int got = SSL_read(ssl_.get(), bytes, sizeof bytes);
      if (got > 0) {
        received_.append(bytes, static_cast<std::size_t>(got));
        return true;
      }
      if (SSL_get_error(ssl_.get(), got) == SSL_ERROR_ZERO_RETURN) ended_ = true;
      if (SSL_get_error(ssl_.get(), got) != SSL_ERROR_WANT_READ || !Fill()) return false;
    }
  }

  FileDescriptor socket_;
  std::unique_ptr<SSL_CTX, Free> context_;
  std::unique_ptr<SSL, Free> ssl_;
  std::string received_;
  bool ended_ = false;
};

}  // namespace railhook

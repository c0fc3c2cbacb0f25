#include "webhook/server/transport.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cerrno>
#include <utility>

#include "webhook/server/client_certificate.h"
#include "webhook/server/hello_guard.h"
#include "webhook/server/stamped_socket.h"

namespace railhook {
namespace {

bool MustWait() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

class PlainTransport : public ByteTransport {
 public:
  explicit PlainTransport(int socket) : socket_(socket) {}

  Moved Handshake() override { return {Progress::kDone}; }

  Moved Read(std::span<char> into) override {
    return Outcome(socket_.Receive(into), Progress::kWantRead);
  }

  Moved Write(std::string_view bytes) override {
    return Outcome(socket_.Send(bytes), Progress::kWantWrite);
  }

  std::chrono::nanoseconds Age() const override { return socket_.Age(); }

  std::string ClientFault() const override { return ""; }
  void SayGoodbye() override {}

 private:
  static Moved Outcome(ssize_t moved, Progress wait) {
    if (moved > 0) return {Progress::kDone, static_cast<std::size_t>(moved)};
    return {moved < 0 && MustWait() ? wait : Progress::kEnd};
  }

  StampedSocket socket_;
};

// What OpenSSL reads from and writes to.
struct Wire {
  StampedSocket socket;
  HelloGuard guard;
  const SSL* ssl = nullptr;

  ssize_t Receive(std::span<char> into) {
    const auto received = socket.Receive(into);
    if (received <= 0) return received;
    if (SSL_version(ssl) == TLS1_2_VERSION) guard.ExpectTls12();
    if (guard.LetsPass(into.first(static_cast<std::size_t>(received)))) return received;
    errno = EPROTO;
    return -1;
  }
};

// OpenSSL's own socket BIO uses write(2), which raises SIGPIPE; hence this one.
Wire& WireOf(BIO* bio) { return *static_cast<Wire*>(BIO_get_data(bio)); }

int BioRead(BIO* bio, char* into, int size) {
  BIO_clear_retry_flags(bio);
  const auto moved = WireOf(bio).Receive({into, static_cast<std::size_t>(size)});
  if (moved < 0 && MustWait()) BIO_set_retry_read(bio);
  return static_cast<int>(moved);
}

int BioWrite(BIO* bio, const char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const auto moved = WireOf(bio).socket.Send({bytes, static_cast<std::size_t>(size)});
  if (moved < 0 && MustWait()) BIO_set_retry_write(bio);
  return static_cast<int>(moved);
}

long BioControl(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

BIO_METHOD* MakeBioMethod() {
  BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "quiet socket");
  if (!method) return nullptr;
  BIO_meth_set_read(method, BioRead);
  BIO_meth_set_write(method, BioWrite);
  BIO_meth_set_ctrl(method, BioControl);
  return method;
}

BIO* MakeBio(Wire& wire) {
  static BIO_METHOD* const method = MakeBioMethod();
  BIO* bio = method ? BIO_new(method) : nullptr;
  if (!bio) return nullptr;
  BIO_set_data(bio, &wire);
  BIO_set_init(bio, 1);
  return bio;
}

struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};

class TlsTransport : public ByteTransport {
 public:
  TlsTransport(std::unique_ptr<Wire> wire, std::unique_ptr<SSL, FreeSsl> ssl)
      : wire_(std::move(wire)), ssl_(std::move(ssl)) {}

  Moved Handshake() override {
    return Attempt([this](std::size_t*) { return SSL_accept(ssl_.get()); });
  }

  Moved Read(std::span<char> into) override {
    return Attempt([&](std::size_t* moved) {
      return SSL_read_ex(ssl_.get(), into.data(), into.size(), moved);
    });
  }

  Moved Write(std::string_view bytes) override {
    return Attempt([&](std::size_t* moved) {
      return SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), moved);
    });
  }

  std::chrono::nanoseconds Age() const override { return wire_->socket.Age(); }
  std::string ClientFault() const override { return client_fault_; }

  void SayGoodbye() override {
    if (broken_ || !SSL_is_init_finished(ssl_.get())) return;
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
  }

 private:
  template <typename Call>
  Moved Attempt(Call call) {
    ERR_clear_error();  // SSL_get_error looks at the thread's queue, which other connections use as
                        // well
    std::size_t moved = 0;
    const int outcome = call(&moved);
    if (outcome > 0) return {Progress::kDone, moved};
    switch (SSL_get_error(ssl_.get(), outcome)) {
      case SSL_ERROR_WANT_READ:
        return {Progress::kWantRead};
      case SSL_ERROR_WANT_WRITE:
        return {Progress::kWantWrite};
      case SSL_ERROR_ZERO_RETURN:
        return {Progress::kEnd};
    }
    broken_ = true;
    client_fault_ = ClientCertificateFault(ssl_.get());
    ERR_clear_error();
    return {Progress::kEnd};
  }

  std::unique_ptr<Wire> wire_;  // stays where the BIO knows it
  std::unique_ptr<SSL, FreeSsl> ssl_;
  bool broken_ = false;
  std::string client_fault_;
};

}  // namespace

std::unique_ptr<ByteTransport> MakePlainTransport(int socket) {
  return std::make_unique<PlainTransport>(socket);
}

std::unique_ptr<ByteTransport> MakeTlsTransport(int socket, SSL_CTX& tls) {
  std::unique_ptr<SSL, FreeSsl> ssl(SSL_new(&tls));
  auto wire = std::make_unique<Wire>(Wire{StampedSocket(socket), {}, ssl.get()});
  BIO* bio = ssl ? MakeBio(*wire) : nullptr;
  if (!bio) return nullptr;
  SSL_set_bio(ssl.get(), bio, bio);
  SSL_set_accept_state(ssl.get());
  return std::make_unique<TlsTransport>(std::move(wire), std::move(ssl));
}

}  // namespace railhook

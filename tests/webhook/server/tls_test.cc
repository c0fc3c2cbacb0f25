// What the server agrees to in a handshake, and that a renewed certificate reaches new connections.

#include <doctest/doctest.h>

#include <mutex>
#include <string>
#include <string_view>

#include "tests/webhook/server/running_server.h"
#include "tls/openssl.h"

namespace railhook {
namespace {

using Over = RawClient::Over;

// A handshake whose client side `prepare` has changed, in words.
template <typename Prepare>
std::string Handshake(const HttpServer& server, Prepare prepare) {
  RawClient client(RawClient::MakeSocket());
  client.Connect(server.port());
  SSL* ssl = client.PrepareTls();
  prepare(ssl);
  if (!client.Handshake() || !IsServed(client)) return "refused";
  const unsigned char* protocol = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl, &protocol, &size);
  std::string text = SSL_get_version(ssl);
  if (size > 0) text += " " + std::string(reinterpret_cast<const char*>(protocol), size);
  if (SSL_SESSION_has_ticket(SSL_get_session(ssl))) text += " ticket";
  return text;
}

void Offer(SSL* ssl, std::string_view protocols) {
  SSL_set_alpn_protos(ssl, reinterpret_cast<const unsigned char*>(protocols.data()),
                      static_cast<unsigned>(protocols.size()));
}

TEST_CASE("what is agreed on in a handshake") {
  const auto certificate = TestCertificate();
  const auto server = StartServer({}, certificate.get());
  CHECK(Handshake(*server, [](SSL*) {}) == "TLSv1.3");
  CHECK(Handshake(*server, [](SSL* ssl) { Offer(ssl, "\x02h2\x08http/1.1"); }) ==
        "TLSv1.3 http/1.1");
  CHECK(Handshake(*server, [](SSL* ssl) { Offer(ssl, "\x02h2"); }) == "refused");
  CHECK(Handshake(*server, [](SSL* ssl) { SSL_set_max_proto_version(ssl, TLS1_2_VERSION); }) ==
        "refused");
  CHECK(Serves(*server, Over::kTls));
}

TEST_CASE("what is agreed on where TLS 1.2 is allowed") {
  const auto certificate = TestCertificate();
  const auto policy = std::make_shared<const TlsPolicy>(TlsPolicy{.min = TlsVersion::kTls12});
  const auto server = StartServer({}, certificate.get(), [policy] { return policy; });
  CHECK(Handshake(*server, [](SSL*) {}) == "TLSv1.3");
  CHECK(Handshake(*server, [](SSL* ssl) { SSL_set_max_proto_version(ssl, TLS1_2_VERSION); }) ==
        "TLSv1.2");
  CHECK(Handshake(*server, [](SSL* ssl) {
          SSL_set_security_level(ssl, 0);
          SSL_set_max_proto_version(ssl, TLS1_1_VERSION);
        }) == "refused");
  CHECK(Handshake(*server, [](SSL* ssl) {
          SSL_set_max_proto_version(ssl, TLS1_2_VERSION);
          SSL_set_cipher_list(ssl, "AES128-SHA");
        }) == "refused");
}

// A source that tests turn.
class TurnableSource : public CertificateSource {
 public:
  Result<std::shared_ptr<const Certificate>> Current() override {
    const std::lock_guard lock(mutex_);
    if (!current_) return Fail(ErrorCode::kUnavailable, "none yet");
    return current_;
  }

  void Turn(std::shared_ptr<const Certificate> next) {
    const std::lock_guard lock(mutex_);
    current_ = std::move(next);
  }

 private:
  std::mutex mutex_;
  std::shared_ptr<const Certificate> current_;
};

std::shared_ptr<const Certificate> NewCertificate() { return TestCertificate()->Current().value(); }

bool Shows(RawClient& client, const Certificate& certificate) {
  const auto leaf = std::move(ParseCertificates(certificate.chain_pem).value().front());
  return X509_cmp(SSL_get0_peer_certificate(client.ssl()), leaf.get()) == 0;
}

TEST_CASE("new connections get a renewed certificate, old ones live on") {
  const auto first = NewCertificate();
  const auto second = NewCertificate();
  TurnableSource source;
  source.Turn(first);
  const auto server = StartServer({}, &source);
  RawClient old_client(server->port(), Over::kTls);
  REQUIRE(IsServed(old_client));
  CHECK(Shows(old_client, *first));

  source.Turn(second);
  for (int i = 0; i < 4; ++i) {  // on every loop
    RawClient new_client(server->port(), Over::kTls);
    CHECK(IsServed(new_client));
    CHECK(Shows(new_client, *second));
    CHECK(IsServed(old_client));
  }
}

TEST_CASE("without a certificate handshakes are refused until there is one") {
  TurnableSource source;
  const auto server = StartServer({}, &source);
  CHECK(Handshake(*server, [](SSL*) {}) == "refused");
  source.Turn(NewCertificate());
  CHECK(Handshake(*server, [](SSL*) {}) == "TLSv1.3");
}

TEST_CASE("a certificate that can't be served refuses handshakes, not the process") {
  TurnableSource source;
  source.Turn(std::make_shared<const Certificate>(Certificate{"nonsense", "nonsense", "", 0}));
  const auto server = StartServer({}, &source);
  CHECK(Handshake(*server, [](SSL*) {}) == "refused");

  auto mixed = *NewCertificate();
  mixed.key_pem = NewCertificate()->key_pem;
  source.Turn(std::make_shared<const Certificate>(mixed));
  CHECK(Handshake(*server, [](SSL*) {}) == "refused");
}

}  // namespace
}  // namespace railhook

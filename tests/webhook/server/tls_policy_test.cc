// Which clients a server talks to: by version, and by certificate.

#include "webhook/server/tls_policy.h"

#include <doctest/doctest.h>

#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "tests/captured_stderr.h"
#include "tests/webhook/server/client_authority.h"
#include "tests/webhook/server/running_server.h"

namespace railhook {
namespace {

// A server whose policy can be changed while it runs.
class PolicedServer {
 public:
  explicit PolicedServer(TlsPolicy policy) {
    Set(std::move(policy));
    server_ = StartServer({}, certificate_.get(), [this] {
      const std::lock_guard lock(mutex_);
      return policy_;
    });
  }

  void Set(TlsPolicy policy) {
    const std::lock_guard lock(mutex_);
    policy_ = std::make_shared<const TlsPolicy>(std::move(policy));
  }

  // Whether a client gets a right answer. `prepare` changes its side of the handshake.
  template <typename Prepare>
  bool Accepts(Prepare prepare) {
    RawClient client(RawClient::MakeSocket());
    client.Connect(server_->port());
    prepare(client.PrepareTls());
    return client.Handshake() && IsServed(client);
  }

  bool Accepts(const ShownCertificate& shown) {
    return Accepts([&](SSL* ssl) {
      SSL_use_certificate(ssl, shown.certificate.get());
      SSL_use_PrivateKey(ssl, shown.key.get());
    });
  }

  bool AcceptsNobodyInParticular() {
    return Accepts([](SSL*) {});
  }

  // The client may know before the server has counted it.
  bool HasRefused(std::uint64_t clients) const {
    return Eventually(
        [&] { return server_->refusals(RefusalReason::kClientCertificate) == clients; });
  }

  std::uint16_t port() const { return server_->port(); }

 private:
  std::mutex mutex_;
  std::shared_ptr<const TlsPolicy> policy_;
  std::unique_ptr<CertificateSource> certificate_ = TestCertificate();
  std::unique_ptr<HttpServer> server_;
};

void UseTls12(SSL* ssl) { SSL_set_max_proto_version(ssl, TLS1_2_VERSION); }

TlsPolicy Demand(const ClientAuthority& authority, std::vector<std::string> names = {}) {
  return {.client_ca_pem = authority.Pem(), .client_names = std::move(names)};
}

TEST_CASE("TLS 1.2 is spoken only where the policy says so") {
  PolicedServer server({});
  CHECK(!server.Accepts(UseTls12));
  server.Set({.min = TlsVersion::kTls12});
  CHECK(server.Accepts(UseTls12));
  CHECK(server.AcceptsNobodyInParticular());
  server.Set({});
  CHECK(!server.Accepts(UseTls12));
  CHECK(server.HasRefused(0));
}

TEST_CASE("a client must show a good certificate of the clients' CA") {
  const ClientAuthority ours;
  const ClientAuthority other;
  PolicedServer server(Demand(ours));
  CHECK(server.Accepts(ours.Sign({})));
  CHECK(server.HasRefused(0));
  CHECK(!server.AcceptsNobodyInParticular());
  CHECK(!server.Accepts(other.Sign({})));
  CHECK(!server.Accepts(ours.Sign({.ends_in = -60})));
  CHECK(!server.Accepts(ours.Sign({.usage = "serverAuth"})));
  CHECK(server.HasRefused(4));
  CHECK(server.Accepts(ours.Sign({})));
}

TEST_CASE("the same over TLS 1.2") {
  const ClientAuthority ours;
  auto policy = Demand(ours);
  policy.min = TlsVersion::kTls12;
  PolicedServer server(policy);
  const auto good = ours.Sign({});
  CHECK(server.Accepts([&](SSL* ssl) {
    UseTls12(ssl);
    SSL_use_certificate(ssl, good.certificate.get());
    SSL_use_PrivateKey(ssl, good.key.get());
  }));
  CHECK(!server.Accepts(UseTls12));
  CHECK(server.HasRefused(1));
}

TEST_CASE("a client's common name, or a DNS name, must be one of the policy's") {
  const ClientAuthority ours;
  PolicedServer server(Demand(ours, {"front-proxy", "api.example"}));
  CHECK(server.Accepts(ours.Sign({.common_name = "front-proxy"})));
  CHECK(server.Accepts(ours.Sign({.common_name = "other", .dns_name = "api.example"})));
  CHECK(!server.Accepts(ours.Sign({.common_name = "other", .dns_name = "x.api.example"})));
  CHECK(!server.Accepts(ours.Sign({.common_name = "front-proxy-2"})));
  CHECK(!server.Accepts(ours.Sign({.common_name = std::string("front-proxy\0.x", 14)})));
  CHECK(!server.AcceptsNobodyInParticular());
}

TEST_CASE("a refused client is logged with its address and the reason, but not each of many") {
  const ClientAuthority ours;
  PolicedServer server(Demand(ours, {"front-proxy"}));
  const CapturedStderr captured;
  CHECK(!server.Accepts(ours.Sign({.common_name = "an intruder"})));
  CHECK(!server.AcceptsNobodyInParticular());
  CHECK(server.HasRefused(2));
  REQUIRE(Eventually([&] { return !captured.Lines().empty(); }));
  const auto lines = captured.Lines();
  CHECK(lines.size() == 1);
  CHECK(lines[0].find("refused a client") != std::string::npos);
  CHECK(lines[0].find("127.0.0.1") != std::string::npos);
  CHECK(lines[0].find("an intruder") != std::string::npos);
}

TEST_CASE("a changed policy holds for the next handshake, and leaves open connections alone") {
  const ClientAuthority ours;
  const ClientAuthority next;
  PolicedServer server({});
  RawClient old_client(server.port(), RawClient::Over::kTls);
  CHECK(IsServed(old_client));
  server.Set(Demand(ours));
  for (int i = 0; i < 4; ++i) CHECK(!server.AcceptsNobodyInParticular());  // on every loop
  CHECK(server.Accepts(ours.Sign({})));
  CHECK(IsServed(old_client));
  server.Set(Demand(next));
  for (int i = 0; i < 4; ++i) CHECK(!server.Accepts(ours.Sign({})));
  CHECK(server.Accepts(next.Sign({})));
  server.Set({});
  CHECK(server.AcceptsNobodyInParticular());
}

TEST_CASE("a policy whose CA can't be read is told, and lets nobody in") {
  const TlsPolicy broken{.client_ca_pem = "nonsense"};
  CHECK(!Check(broken));
  CHECK(Check({}));
  CHECK(Check(Demand(ClientAuthority())));
  PolicedServer server(broken);
  CHECK(!server.AcceptsNobodyInParticular());
  server.Set({});
  CHECK(server.AcceptsNobodyInParticular());
}

}  // namespace
}  // namespace railhook

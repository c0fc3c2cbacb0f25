#pragma once
// An HTTPS server on a free port of this machine, which stands for an API server.

#include <doctest/doctest.h>
#include <httplib.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <atomic>
#include <chrono>
#include <ctime>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "certs/authority.h"
#include "k8sclient/client_tls.h"
#include "k8sclient/cluster_config.h"

namespace railhook {

// Whether `fact` becomes true within ten seconds.
template <typename Fact>
bool ComesTrue(Fact fact) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!fact()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

inline Authority TestAuthority() {
  auto made = Authority::Make(std::time(nullptr));
  REQUIRE(made);
  return std::move(made).Take();
}

inline Certificate SignedFor(const Authority& authority, const ServerNames& names) {
  auto made = authority.Sign(names, std::time(nullptr));
  REQUIRE(made);
  return std::move(made).Take();
}

inline std::string CommonName(const X509& certificate) {
  std::array<char, 100> name{};
  X509_NAME_get_text_by_NID(X509_get_subject_name(&certificate), NID_commonName, name.data(),
                            static_cast<int>(name.size()));
  return name.data();
}

class ApiServer {
 public:
  explicit ApiServer(const Certificate& certificate)
      : server_([&](SSL_CTX& context) { return SetUp(context, certificate); }) {
    REQUIRE(server_.is_valid());
    server_.set_tcp_nodelay(true);
    server_.set_keep_alive_max_count(1'000'000);
    SSL_CTX_set_app_data(server_.ssl_context(), this);
    SSL_CTX_set_info_callback(server_.ssl_context(), CountHandshake);
  }
  ~ApiServer() { Stop(); }

  httplib::SSLServer& server() { return server_; }

  // Lets in only who shows a certificate of this authority.
  void AskForCertificates(const std::string& ca_pem) {
    SSL_CTX_set1_cert_store(server_.ssl_context(), MakeTrust(ca_pem).value().get());
    SSL_CTX_set_purpose(server_.ssl_context(), X509_PURPOSE_ANY);  // ours are made for servers
    SSL_CTX_set_verify(server_.ssl_context(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                       nullptr);
  }

  // Starts to serve and returns the port.
  int Start(const std::string& host = "127.0.0.1") {
    port_ = server_.bind_to_any_port(host);
    REQUIRE(port_ > 0);
    thread_ = std::jthread([this] { server_.listen_after_bind(); });
    REQUIRE(ComesTrue([this] { return server_.is_running(); }));
    return port_;
  }

  void Stop() {
    server_.stop();
    if (thread_.joinable()) thread_.join();
  }

  int port() const { return port_; }
  int connections() const { return connections_; }

 private:
  // Each connection begins with one.
  static void CountHandshake(const SSL* ssl, int event, int) {
    if (event != SSL_CB_HANDSHAKE_START) return;
    ++static_cast<ApiServer*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)))->connections_;
  }

  static bool SetUp(SSL_CTX& context, const Certificate& certificate) {
    const auto own = ParseClientCertificate(certificate.chain_pem, certificate.key_pem);
    return own && SSL_CTX_use_certificate(&context, own->chain.front().get()) == 1 &&
           SSL_CTX_use_PrivateKey(&context, own->key.get()) == 1;
  }

  std::atomic<int> connections_ = 0;
  int port_ = 0;
  httplib::SSLServer server_;
  std::jthread thread_;
};

}  // namespace railhook

#pragma once
// An HTTPS server on a free port of this machine, which stands for an API server.

#include <doctest/doctest.h>
#include <httplib.h>
#include <openssl/ssl.h>

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

class ApiServer {
 public:
  // `clients`: who signs the certificates that clients must show, as PEM; "": they need none.
  explicit ApiServer(const Certificate& certificate, std::string clients = "")
      : clients_ca_(std::move(clients)),
        server_([&](SSL_CTX& context) { return SetUp(context, certificate); }) {
    REQUIRE(server_.is_valid());
    server_.set_tcp_nodelay(true);
    server_.set_keep_alive_max_count(1'000'000);
    server_.new_task_queue = [this] { return new Counting(&connections_); };
  }
  ~ApiServer() { Stop(); }

  httplib::SSLServer& server() { return server_; }

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
  // Counts connections: each is one task.
  class Counting : public httplib::ThreadPool {
   public:
    explicit Counting(std::atomic<int>* count) : ThreadPool(16), count_(count) {}
    void enqueue(std::function<void()> task) override {
      ++*count_;
      ThreadPool::enqueue(std::move(task));
    }

   private:
    std::atomic<int>* count_;
  };

  bool SetUp(SSL_CTX& context, const Certificate& certificate) const {
    const auto own = ParseClientCertificate(certificate.chain_pem, certificate.key_pem);
    if (!own || SSL_CTX_use_certificate(&context, own->chain.front().get()) != 1 ||
        SSL_CTX_use_PrivateKey(&context, own->key.get()) != 1) {
      return false;
    }
    if (clients_ca_.empty()) return true;
    SSL_CTX_set1_cert_store(&context, MakeTrust(clients_ca_).value().get());
    SSL_CTX_set_verify(&context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    return true;
  }

  std::string clients_ca_;
  std::atomic<int> connections_ = 0;
  int port_ = 0;
  httplib::SSLServer server_;
  std::jthread thread_;
};

}  // namespace railhook

#pragma once
// A server on a free port of this machine that does on each connection what a test says, also what
// no server should do.

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "certs/certificate_source.h"
#include "k8sclient/client_tls.h"

namespace railhook {

inline sockaddr_in LoopbackAddress(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

// A connection to a port of this machine.
inline int ConnectTo(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto address = LoopbackAddress(port);
  ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  return socket;
}

// Binds `socket` to a free port of this machine, and listens.
inline int ListenOn(int socket, int queue) {
  auto address = LoopbackAddress(0);
  socklen_t size = sizeof(address);
  auto* where = reinterpret_cast<sockaddr*>(&address);
  REQUIRE(::bind(socket, where, size) == 0);
  REQUIRE(::listen(socket, queue) == 0);
  REQUIRE(::getsockname(socket, where, &size) == 0);
  return ntohs(address.sin_port);
}

// One connection, in the clear or within TLS.
class Peer {
 public:
  explicit Peer(int socket) : socket_(socket) {}
  Peer(const Peer&) = delete;
  ~Peer() { Close(); }

  int socket() const { return socket_; }
  int number() const { return number_; }  // of those that shook hands, from 1
  void SetNumber(int number) { number_ = number; }

  bool StartTls(SSL_CTX& context) {
    ssl_.reset(SSL_new(&context));
    SSL_set_fd(ssl_.get(), socket_);
    return SSL_accept(ssl_.get()) == 1;
  }

  // "" at the end.
  std::string Read() {
    std::array<char, 1 << 14> block;
    const auto size = ssl_ ? SSL_read(ssl_.get(), block.data(), block.size())
                           : ::recv(socket_, block.data(), block.size(), 0);
    return size > 0 ? std::string(block.data(), static_cast<std::size_t>(size)) : "";
  }

  // A request with its body, "" where the peer hangs up before.
  std::string ReadRequest() {
    std::string text;
    while (!IsWhole(text)) {
      const auto more = Read();
      if (more.empty()) return "";
      text += more;
    }
    return text;
  }

  void Write(std::string_view text) {
    if (ssl_) {
      SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size()));
    } else {
      ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
    }
  }

  void Answer(std::string_view body) {
    Write("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
          std::string(body));
  }

  // Says goodbye within TLS, and keeps the socket open.
  void SayGoodbye() {
    if (ssl_) SSL_shutdown(ssl_.get());
  }

  // Politely, with a TLS goodbye.
  void Close() {
    SayGoodbye();
    ssl_.reset();
    CloseSocket();
  }

  // With a reset.
  void Abort() {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    ssl_.reset();
    CloseSocket();
  }

  // From any thread: ends a call under way.
  void ShutDown() {
    const std::lock_guard lock(closing_);
    if (socket_ >= 0) ::shutdown(socket_, SHUT_RDWR);
  }

  // Until the peer hangs up.
  void ReadAll() {
    while (!Read().empty()) continue;
  }

 private:
  static bool IsWhole(const std::string& text) {
    constexpr std::string_view kLength = "Content-Length: ";
    const auto head = text.find("\r\n\r\n");
    if (head == text.npos) return false;
    const auto length = text.find(kLength);
    const auto body = length < head ? std::stoul(text.substr(length + kLength.size())) : 0;
    return text.size() >= head + 4 + body;
  }

  void CloseSocket() {
    const std::lock_guard lock(closing_);
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
  }

  struct FreeSsl {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  std::mutex closing_;  // of the socket, which only the script's thread does
  int socket_;
  int number_ = 0;
  std::unique_ptr<SSL, FreeSsl> ssl_;
};

class ScriptedServer {
 public:
  using Script = std::function<void(Peer&)>;

  // In the clear.
  explicit ScriptedServer(Script script) : script_(std::move(script)) { Start(); }

  // Within TLS.
  ScriptedServer(const Certificate& certificate, Script script)
      : tls_(SSL_CTX_new(TLS_server_method())), script_(std::move(script)) {
    const auto own = ParseClientCertificate(certificate.chain_pem, certificate.key_pem);
    REQUIRE(own);
    SSL_CTX_use_certificate(tls_.get(), own->chain.front().get());
    SSL_CTX_use_PrivateKey(tls_.get(), own->key.get());
    Start();
  }

  ~ScriptedServer() {
    ::shutdown(listener_, SHUT_RDWR);
    accepting_.join();
    {
      const std::lock_guard lock(mutex_);
      for (const auto& peer : peers_) peer->ShutDown();
    }
    serving_.clear();
    ::close(listener_);
  }

  int port() const { return port_; }

  int connections() const { return connections_; }

 private:
  struct FreeContext {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };

  void Start() {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    port_ = ListenOn(listener_, 16);
    accepting_ = std::jthread([this] { Accept(); });
  }

  static void HoldSigpipe() {
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
  }

  void Accept() {
    int socket = -1;
    while ((socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0) {
      const std::lock_guard lock(mutex_);
      Peer& peer = *peers_.emplace_back(std::make_unique<Peer>(socket));
      serving_.emplace_back([this, &peer] { Serve(peer); });
    }
  }

  void Serve(Peer& peer) {
    HoldSigpipe();  // OpenSSL writes alerts to clients that have gone
    if (!tls_ || peer.StartTls(*tls_)) {
      peer.SetNumber(++connections_);
      script_(peer);
    }
    peer.Close();
  }

  std::unique_ptr<SSL_CTX, FreeContext> tls_;
  Script script_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> connections_ = 0;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Peer>> peers_;
  std::vector<std::jthread> serving_;
  std::jthread accepting_;
};

// A port of this machine that lets nobody in any more: connecting takes for ever.
class FullListener {
 public:
  FullListener() {
    const auto address = LoopbackAddress(port_);
    for (const int socket : fill_) {
      ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
    }
  }
  FullListener(const FullListener&) = delete;
  ~FullListener() {
    for (const int socket : fill_) ::close(socket);
    ::close(listener_);
  }

  int port() const { return port_; }

  // Whether somebody beside us tries to connect.
  bool HasWaiting() const {
    std::ifstream table("/proc/net/tcp");
    std::string line;
    int waiting = 0;
    while (std::getline(table, line)) waiting += line.find(Sought()) != line.npos;
    return waiting > kStillWaiting;
  }

 private:
  static int MakeSocket() {
    return ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  }

  // Of a socket that has sent SYN to this port.
  std::string Sought() const {
    std::array<char, 32> text;
    std::snprintf(text.data(), text.size(), "0100007F:%04X 02", static_cast<unsigned>(port_));
    return text.data();
  }

  const int listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int port_ = ListenOn(listener_, 0);
  const std::array<int, 3> fill_{MakeSocket(), MakeSocket(), MakeSocket()};
  static constexpr int kStillWaiting = 2;  // of these: a queue of none holds one
};

}  // namespace railhook

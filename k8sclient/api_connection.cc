#include "k8sclient/api_connection.h"

#include <fcntl.h>
#include <httplib.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <exception>
#include <mutex>
#include <utility>

#include "base/text.h"

namespace railhook {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// OpenSSL writes to sockets with write(2), which raises SIGPIPE where the peer is gone. The signal
// is the thread's own, so that it can be held back and taken away.
class NoSigpipe {
 public:
  NoSigpipe() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    was_pending_ = IsPending();
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  NoSigpipe(const NoSigpipe&) = delete;
  ~NoSigpipe() {
    constexpr timespec kNow{};
    if (!was_pending_ && IsPending()) sigtimedwait(&pipe_, nullptr, &kNow);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  static bool IsPending() {
    sigset_t pending;
    sigemptyset(&pending);
    sigpending(&pending);
    return sigismember(&pending, SIGPIPE) == 1;
  }

  sigset_t pipe_;
  sigset_t before_;
  bool was_pending_;
};

// A second descriptor of the connection's socket. Another thread can shut the socket down through
// it in the middle of a connect or a handshake too, where httplib's stop() would wait.
class Breaker {
 public:
  Breaker() = default;
  Breaker(const Breaker&) = delete;
  ~Breaker() { Release(); }

  void Hold(int socket) {
    const std::lock_guard lock(mutex_);
    Release();
    socket_ = ::fcntl(socket, F_DUPFD_CLOEXEC, 0);
    held_ = true;
    if (broken_) ShutDown();
  }

  void Break() {
    const std::lock_guard lock(mutex_);
    broken_ = true;
    ShutDown();
  }

  // Whether the peer has neither sent anything nor hung up.
  bool IsQuiet() const {
    const std::lock_guard lock(mutex_);
    pollfd look{.fd = socket_, .events = POLLIN | POLLRDHUP, .revents = 0};
    return !broken_ && socket_ >= 0 && ::poll(&look, 1, 0) == 0;
  }

  // Whether there ever was a socket: there is none for a name without an address.
  bool HeldAny() const {
    const std::lock_guard lock(mutex_);
    return held_;
  }

 private:
  void ShutDown() const {
    if (socket_ >= 0) ::shutdown(socket_, SHUT_RDWR);
  }

  void Release() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
  }

  mutable std::mutex mutex_;
  int socket_ = -1;
  bool held_ = false;
  bool broken_ = false;
};

void SetOption(int socket, int level, int name, int value) {
  ::setsockopt(socket, level, name, &value, sizeof(value));
}

// A peer that is gone without a word is noticed within half a minute, whether it owes us an answer
// or an acknowledgement.
void NoticeDeadPeers(int socket) {
  SetOption(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  SetOption(socket, IPPROTO_TCP, TCP_KEEPIDLE, 10);
  SetOption(socket, IPPROTO_TCP, TCP_KEEPINTVL, 5);
  SetOption(socket, IPPROTO_TCP, TCP_KEEPCNT, 3);
  SetOption(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, 25'000);
}

// The names changed between the versions of httplib.
template <typename Client>
void SendPathsAsTheyAre(Client& client) {
  if constexpr (requires { client.set_path_encode(false); }) {
    client.set_path_encode(false);
  } else {
    client.set_url_encode(false);
  }
}

template <typename Client>
SSL_CTX* ContextOf(const Client& client) {
  if constexpr (requires { client.ssl_context(); }) {
    return client.ssl_context();
  } else {
    return static_cast<SSL_CTX*>(client.tls_context());
  }
}

std::string Seconds(milliseconds time) {
  std::string text = std::to_string(std::chrono::duration<double>(time).count());
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text + " s";
}

std::string Origin(const Url& url) { return url.scheme + "://" + HostAndPort(url); }

}  // namespace

struct ApiConnection::Impl {
  Impl(Route leads, Security shown, const HttpTransportOptions& given, milliseconds longest)
      : route(std::move(leads)),
        security(std::move(shown)),
        options(given),
        silence(longest),
        tls(route.server_name, security.trust, security.certificate) {}
  ~Impl() {
    const NoSigpipe hush;
    client.reset();
  }

  bool IsTls() const { return route.server.scheme == "https"; }

  Result<> MakeClient() {
    if (!IsTls()) {
      client = std::make_unique<httplib::ClientImpl>(route.server.host, route.server.port);
      return {};
    }
    auto made = std::make_unique<httplib::SSLClient>(route.server.host, route.server.port);
    SSL_CTX* context = ContextOf(*made);
    if (!context) return Fail(ErrorCode::kUnavailable, OpenSslError("no memory for TLS"));
    made->enable_server_certificate_verification(false);  // `tls` does it
    TRY(tls.SetUp(*context));
    client = std::move(made);
    return {};
  }

  void Configure() {
    client->set_keep_alive(true);
    client->set_tcp_nodelay(true);
    client->set_follow_location(false);
    client->set_decompress(false);
    SendPathsAsTheyAre(*client);
    client->set_connection_timeout(options.connect_timeout);
    client->set_read_timeout(silence);
    client->set_write_timeout(options.answer_timeout);
    client->set_socket_options([this](int socket) {
      NoticeDeadPeers(socket);
      breaker.Hold(socket);
      reconnects = tls.HasGreeted();  // httplib 0.14 does, to send a POST once more
      if (reconnects) breaker.Break();
    });
    if (route.proxy) UseProxy(*route.proxy);
  }

  void UseProxy(const Url& proxy) {
    client->set_proxy(proxy.host, proxy.port);
    if (!proxy.username.empty()) client->set_proxy_basic_auth(proxy.username, proxy.password);
    client->set_logger([this](const httplib::Request& asked, const httplib::Response& answer) {
      if (asked.method == "CONNECT") proxy_status = answer.status;
    });
  }

  httplib::Request Message(const ApiRequest& request, const Identity& identity,
                           const BodySink& sink) {
    httplib::Request message;
    message.method = request.method;
    message.path = route.server.path + request.path;
    message.body = request.body;
    message.headers = {{"Accept", request.accept}, {"User-Agent", options.user_agent}};
    if (!request.body.empty()) message.headers.emplace("Content-Type", request.content_type);
    if (!identity.authorization.empty()) {
      message.headers.emplace("Authorization", identity.authorization);
    }
    // httplib would tell the server behind the proxy, too, who we are to the proxy.
    if (route.proxy && IsTls()) message.headers.emplace("Proxy-Authorization", "");
    message.response_handler = [this, &sink](const httplib::Response& answer) {
      status = answer.status;
      ended_by_sink = !sink(status, {});
      return !ended_by_sink;
    };
    message.content_receiver = [this, &sink](const char* bytes, std::size_t size, auto...) {
      ended_by_sink = !sink(status, {bytes, size});
      return !ended_by_sink;
    };
    return message;
  }

  // What httplib made of it. Its exceptions are those of the standard library.
  httplib::Error Attempt(httplib::Request& message, httplib::Response& answer) {
    auto error = httplib::Error::Success;
    try {
      if (client->send(message, answer, error)) return httplib::Error::Success;
    } catch (const std::exception&) {
      return httplib::Error::Unknown;
    }
    return error == httplib::Error::Success ? httplib::Error::Unknown : error;
  }

  std::string ProxyText() const {
    return route.proxy ? " through the proxy " + Origin(*route.proxy) : "";
  }

  std::string Why(httplib::Error error) const {
    switch (reconnects ? httplib::Error::Read : error) {
      case httplib::Error::ConnectionTimeout:
        return "no connection within " + Seconds(options.connect_timeout);
      case httplib::Error::SSLConnection:
        return WhyNoTls();
      case httplib::Error::Connection:
        if (!breaker.HeldAny()) return "its name has no address";
        return "it can't be connected to: refused or unreachable";
      default:
        if (took >= silence) return "it was silent for " + Seconds(silence);
        return "the connection broke off before the whole answer had come";
    }
  }

  std::string WhyNoTls() const {
    if (const auto refusal = tls.Refusal(); !refusal.empty()) {
      return "its certificate is refused: " + refusal;
    }
    if (took >= options.connect_timeout) {
      return "the TLS handshake took longer than " + Seconds(options.connect_timeout);
    }
    const char* reason = ERR_reason_error_string(ERR_peek_error());
    return std::string("the TLS handshake failed") + (reason ? std::string(": ") + reason : "");
  }

  tl::unexpected<Error> Failed(httplib::Error error, const std::stop_token& stop) const {
    const auto who = Origin(route.server) + ProxyText() + ": ";
    if (stop.stop_requested()) return Fail(ErrorCode::kUnavailable, who + "the call was stopped");
    if (proxy_status >= 300) {
      return Fail(ErrorCode::kUnavailable,
                  who + "the proxy answered CONNECT with " + std::to_string(proxy_status));
    }
    return Fail(ErrorCode::kUnavailable, who + Why(error));
  }

  const Route route;
  const Security security;
  const HttpTransportOptions options;
  const milliseconds silence;
  ClientTls tls;
  Breaker breaker;
  std::unique_ptr<httplib::ClientImpl> client;

  // Of the last exchange.
  int status = 0;
  int proxy_status = 0;
  bool reconnects = false;
  bool ended_by_sink = false;
  bool failed = false;
  steady_clock::duration took{};
};

ApiConnection::ApiConnection(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ApiConnection::~ApiConnection() = default;

Result<std::unique_ptr<ApiConnection>> ApiConnection::Make(const Route& route, Security security,
                                                           const HttpTransportOptions& options,
                                                           milliseconds silence) {
  auto impl = std::make_unique<Impl>(route, std::move(security), options, silence);
  TRY(impl->MakeClient());
  impl->Configure();
  return std::unique_ptr<ApiConnection>(new ApiConnection(std::move(impl)));
}

Result<ApiResponse> ApiConnection::Exchange(const ApiRequest& request, const Identity& identity,
                                            const BodySink& sink, std::stop_token stop) {
  const NoSigpipe hush;
  ERR_clear_error();
  impl_->status = 0;
  impl_->ended_by_sink = false;
  const std::stop_callback on_stop(stop, [this] { impl_->breaker.Break(); });
  auto message = impl_->Message(request, identity, sink);
  httplib::Response answer;
  const auto start = steady_clock::now();
  const auto error = impl_->Attempt(message, answer);
  impl_->took = steady_clock::now() - start;
  // httplib takes the proxy's refusal for an answer, and would speak TLS to nobody the next time.
  impl_->failed = error != httplib::Error::Success || impl_->proxy_status >= 300;
  if (impl_->failed && !impl_->ended_by_sink) return impl_->Failed(error, stop);
  return ApiResponse{impl_->failed ? impl_->status : answer.status, ""};
}

bool ApiConnection::BrokeAtOnce() const {
  return impl_->failed && impl_->status == 0 && impl_->took < impl_->silence;
}

bool ApiConnection::IsReusable() const {
  return !impl_->failed && impl_->client->is_socket_open() && impl_->breaker.IsQuiet();
}

const Security& ApiConnection::security() const { return impl_->security; }

}  // namespace railhook

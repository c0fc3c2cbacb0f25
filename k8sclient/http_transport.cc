#include "k8sclient/http_transport.h"

#include <mutex>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/reloading.h"
#include "base/stop_after.h"
#include "base/text.h"
#include "k8sclient/api_connection.h"
#include "k8sclient/credential_source.h"
#include "k8sclient/proxy.h"

namespace railhook {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kMostIdle = 8;
constexpr std::chrono::seconds kIdleFor{60};  // less than servers keep a connection

// Connections that wait for the next call.
class Pool {
 public:
  // One that fits, or null.
  std::unique_ptr<ApiConnection> Take(const Security& security) {
    const std::lock_guard lock(mutex_);
    std::erase_if(idle_, [&](const Idle& idle) { return !IsOfUse(idle, security); });
    if (idle_.empty()) return nullptr;
    auto latest = std::move(idle_.back().connection);
    idle_.pop_back();
    return latest;
  }

  void Return(std::unique_ptr<ApiConnection> connection) {
    if (!connection->IsReusable()) return;
    const std::lock_guard lock(mutex_);
    if (idle_.size() < kMostIdle) idle_.push_back({steady_clock::now(), std::move(connection)});
  }

 private:
  struct Idle {
    steady_clock::time_point since;
    std::unique_ptr<ApiConnection> connection;
  };

  static bool IsOfUse(const Idle& idle, const Security& security) {
    return idle.since > steady_clock::now() - kIdleFor && idle.connection->security() == security &&
           idle.connection->IsReusable();
  }

  std::mutex mutex_;
  std::vector<Idle> idle_;
};

// The authorities that a server's certificate may come from; they may change.
class Trust {
 public:
  static Result<Trust> Open(const ClusterConfig& cluster) {
    Trust trust;
    if (cluster.insecure_skip_tls_verify) return trust;
    if (cluster.ca_file.empty()) {
      auto made = MakeTrust(cluster.ca_pem);
      if (!made) return Fail("certificate authority", made.error());
      trust.fixed_ = std::move(made).Take();
      return trust;
    }
    trust.file_ = TRY(Reloading<Store>::Open("certificate authority", {cluster.ca_file},
                                             [file = cluster.ca_file] { return Read(file); }));
    return trust;
  }

  std::shared_ptr<X509_STORE> Current() const { return file_ ? *file_->Current() : fixed_; }

 private:
  using Store = std::shared_ptr<X509_STORE>;

  static Result<Store> Read(const std::filesystem::path& file) {
    const auto pem = TRY(ReadFile(file));
    if (Trim(pem).empty()) return Fail(ErrorCode::kInvalid, file.string() + ": it is empty");
    auto made = MakeTrust(pem);
    if (!made) return Fail(file.string(), made.error());
    return Store(std::move(made).Take());
  }

  Store fixed_;  // null: any server will do
  std::unique_ptr<Reloading<Store>> file_;
};

class HttpTransport : public Transport {
 public:
  HttpTransport(Route route, HttpTransportOptions options, Trust trust,
                std::unique_ptr<CredentialSource> credentials)
      : route_(std::move(route)),
        options_(std::move(options)),
        trust_(std::move(trust)),
        credentials_(std::move(credentials)) {}

  Result<ApiResponse> Send(const ApiRequest& request, std::stop_token stop) override {
    return AsOneself(stop, [&](const Identity& identity) { return Send(request, identity, stop); });
  }

  Result<ApiResponse> Stream(const ApiRequest& request,
                             const std::function<bool(std::string_view)>& on_bytes,
                             std::stop_token stop) override {
    return AsOneself(stop, [&](const Identity& identity) -> Result<ApiResponse> {
      std::string body;
      StopAfter deadline(options_.answer_timeout, stop);
      const auto sink = [&](int status, std::string_view bytes) {
        if (status != 200) return Append(body, bytes);
        deadline.CallOff();
        return on_bytes(bytes);
      };
      const auto connection = TRY(Dial(identity, options_.stream_silence));
      auto response = connection->Exchange(request, identity, sink, deadline.token());
      if (response) response->body = std::move(body);
      if (response || stop.stop_requested() || !deadline.token().stop_requested()) return response;
      return Fail(ErrorCode::kUnavailable, "GET " + request.path + ": no answer came in time");
    });
  }

 private:
  // `call` with the credentials of the moment, and once more where there are better ones than those
  // that were refused.
  template <typename Call>
  Result<ApiResponse> AsOneself(const std::stop_token& stop, Call call) {
    const auto identity = TRY(credentials_->Current(stop));
    auto response = call(identity);
    const bool refused = response && response->status == 401;
    if (!refused || !credentials_->Refused(identity)) return response;
    return call(TRY(credentials_->Current(stop)));
  }

  Result<ApiResponse> Send(const ApiRequest& request, const Identity& identity,
                           const std::stop_token& stop) {
    if (auto kept = pool_.Take({trust_.Current(), identity.certificate})) {
      auto response = SendOn(*kept, request, identity, stop);
      if (response || !MayRepeat(*kept, request) || stop.stop_requested()) {
        pool_.Return(std::move(kept));
        return response;
      }
    }
    auto fresh = TRY(Dial(identity, options_.answer_timeout));
    auto response = SendOn(*fresh, request, identity, stop);
    pool_.Return(std::move(fresh));
    return response;
  }

  // A server may close a kept connection at the moment when a request is on its way. Whether it has
  // acted on it is not known, so only what changes nothing is sent again.
  static bool MayRepeat(const ApiConnection& kept, const ApiRequest& request) {
    return kept.BrokeAtOnce() && request.method == "GET";
  }

  Result<ApiResponse> SendOn(ApiConnection& connection, const ApiRequest& request,
                             const Identity& identity, const std::stop_token& stop) const {
    std::string body;
    const auto sink = [&](int, std::string_view bytes) { return Append(body, bytes); };
    auto response = TRY(connection.Exchange(request, identity, sink, stop));
    if (body.size() > options_.longest_answer) {
      return Fail(ErrorCode::kUnavailable, "the answer to " + request.method + " is longer than " +
                                               std::to_string(options_.longest_answer) + " bytes");
    }
    response.body = std::move(body);
    return response;
  }

  // False where it is too much.
  bool Append(std::string& body, std::string_view bytes) const {
    body += bytes;
    return body.size() <= options_.longest_answer;
  }

  Result<std::unique_ptr<ApiConnection>> Dial(const Identity& identity,
                                              milliseconds silence) const {
    return ApiConnection::Make(route_, {trust_.Current(), identity.certificate}, options_, silence);
  }

  const Route route_;
  const HttpTransportOptions options_;
  const Trust trust_;
  const std::unique_ptr<CredentialSource> credentials_;
  Pool pool_;
};

Result<std::optional<Url>> ChooseProxy(const std::string& configured, const Url& server) {
  if (configured.empty()) return FindProxy(server, ReadProxyVariables());
  auto proxy = ParseProxy(configured);
  if (!proxy) return Fail("proxy-url", proxy.error());
  return std::optional(std::move(proxy).Take());
}

Result<Route> MakeRoute(const ClusterConfig& cluster) {
  auto server = ParseUrl(cluster.server);
  if (!server) return Fail("server", server.error());
  Route route;
  route.server = std::move(server).Take();
  route.server_name = cluster.tls_server_name.empty() ? route.server.host : cluster.tls_server_name;
  route.proxy = TRY(ChooseProxy(cluster.proxy_url, route.server));
  return route;
}

Result<> CheckSecrecy(const Route& route, const Credentials& credentials) {
  const bool has_secret = credentials.HaveAuthorization() || credentials.exec;
  if (route.server.scheme == "https" || !has_secret) return {};
  return Fail(ErrorCode::kInvalid,
              "server: " + route.server.scheme +
                  " would show the credentials to everybody on the way: write https, or a user "
                  "without any");
}

}  // namespace

Result<std::unique_ptr<Transport>> MakeHttpTransport(ClusterConfig config,
                                                     HttpTransportOptions options) {
  auto route = TRY(MakeRoute(config));
  TRY(CheckSecrecy(route, config.credentials));
  auto trust = TRY(Trust::Open(config));
  auto credentials = TRY(MakeCredentialSource(config, options.plugin_timeout));
  return std::make_unique<HttpTransport>(std::move(route), std::move(options), std::move(trust),
                                         std::move(credentials));
}

}  // namespace railhook

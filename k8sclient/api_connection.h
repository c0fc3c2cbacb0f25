#pragma once
// One HTTP connection to an API server.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/result.h"
#include "k8sclient/client_tls.h"
#include "k8sclient/credential_source.h"
#include "k8sclient/http_transport.h"
#include "k8sclient/transport.h"
#include "k8sclient/url.h"

namespace railhook {

// Where a connection leads, and through what.
struct Route {
  Url server;
  std::string server_name;   // what the server's certificate must be for
  std::optional<Url> proxy;  // of scheme http
};

struct Security {
  std::shared_ptr<X509_STORE> trust;  // null: any server will do
  std::shared_ptr<const ClientCertificate> certificate;
  bool operator==(const Security&) const = default;
};

// Gets an answer's body as it comes, with its status; false ends the exchange.
using BodySink = std::function<bool(int status, std::string_view bytes)>;

// Used by one thread at a time. Raises no SIGPIPE. Opens with the first exchange.
class ApiConnection {
 public:
  // `silence` is the longest time between two reads of an answer.
  static Result<std::unique_ptr<ApiConnection>> Make(const Route& route, Security security,
                                                     const HttpTransportOptions& options,
                                                     std::chrono::milliseconds silence);
  ~ApiConnection();

  // The answer without its body, which went to `sink`; where the sink ended it, what there was of
  // it. kUnavailable where it broke off or `stop` was requested.
  Result<ApiResponse> Exchange(const ApiRequest& request, const Identity& identity,
                               const BodySink& sink, std::stop_token stop);

  // Whether the last exchange failed before anything of an answer came, and not for want of time:
  // the server closed the connection at that moment.
  bool BrokeAtOnce() const;

  // Whether it is open and quiet, so that another exchange may follow.
  bool IsReusable() const;

  const Security& security() const;

 private:
  struct Impl;
  explicit ApiConnection(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace railhook

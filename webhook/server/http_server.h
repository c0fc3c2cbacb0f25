#pragma once
// An HTTP/1.1 server (RFC 9112) for a few endpoints, over TLS or in the clear, that no client can
// hold up. One event loop a thread; a connection lives on one loop and costs no thread, no timer
// and no CPU while it is idle. Leaves the process's signals alone: sockets are written to with
// MSG_NOSIGNAL, also under TLS.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "certs/certificate_source.h"
#include "webhook/server/refusal_counts.h"
#include "webhook/server/tls_policy.h"

namespace railhook {

struct HttpRequest {
  std::string path;  // without the query
  std::string body;
};

struct HttpResponse {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;  // further ones, such as Retry-After
  bool close = false;  // answer with "Connection: close" and hang up
};

// A response that takes its time: `make` may block for seconds. Called on a worker's thread. `make`
// owns what it uses; the request is gone by then.
struct LateHttpResponse {
  std::function<HttpResponse()> make;
};
using HttpOutcome = std::variant<HttpResponse, LateHttpResponse>;

// Called on a loop's thread, or, where the body is longer than 256 KiB, on one that all such
// requests share; several at once: must be thread-safe and must not block. An exception is answered
// with 500.
using HttpHandler = std::function<HttpOutcome(const HttpRequest&)>;

// What the server answers itself: 404 another path, 405 another method, 415 a POST that is not
// application/json (parameters after it are fine), 411 without Content-Length or with a
// Transfer-Encoding, 413 a longer body (at Content-Length), 417 an expectation but 100-continue,
// 429 with Retry-After: 1 a body for which there is no memory now, and a POST whose handler, or
// whose late response, could begin only after `most_wait`, or after half of the time that the
// request's query "?timeout=5s" allows; 431 a longer header or more than 100 fields, 400 whatever
// breaks HTTP. 503 with Retry-After: 0 see BeginRefusing. Bodies of these answers are plain text
// for people. HEAD is served where GET is.
struct HttpEndpoint {
  std::string method;  // GET or POST
  std::string path;
  HttpHandler handler;

  // How many bytes answering a body may take beside it; none where not given. So much is left of
  // `max_buffered_bytes` before the handler is called, until there is an answer.
  std::function<std::size_t(const std::string& body)> memory = {};
};

struct HttpServerOptions {
  std::string address = "127.0.0.1";  // an IPv4 or IPv6 address
  std::uint16_t port = 0;             // 0: a free one
  int threads = 2;
  int workers = 2;            // threads for late responses; 0 where there are none
  std::size_t max_late = 32;  // late responses that are waited for
  // Both caps are lowered where the process may have fewer open files. One address may well stand
  // for several API servers, behind NAT or a tunnel of konnectivity: one of them has up to 625
  // connections with its defaults (25 idle, 600 requests under way), so half leaves room for three,
  // and no single address can take the other half.
  std::size_t max_connections = 4096;
  std::size_t max_connections_per_address = 2048;
  std::size_t max_header_bytes = 16 << 10;
  std::size_t max_body_bytes = 8 << 20;
  std::size_t max_buffered_bytes = 80 << 20;  // all bodies longer than 16 KiB, and handlers' memory
  std::chrono::milliseconds most_wait{1'000};  // of a whole POST for its handler, or for a worker
  std::chrono::milliseconds handshake_deadline{5'000};
  std::chrono::milliseconds header_deadline{5'000};    // from the first byte of a request
  std::chrono::milliseconds request_deadline{10'000};  // the whole of it, answer included
  std::chrono::milliseconds idle_deadline{
      180'000};  // API servers keep theirs 90 s and never retry a POST that saw EOF
};

class HttpServer {
 public:
  // Listens and serves at once. `certificates` is asked at every handshake and must outlive the
  // server; null serves in the clear, without `policies`. kUnavailable where the address can't be
  // bound.
  static Result<std::unique_ptr<HttpServer>> Start(HttpServerOptions options,
                                                   CertificateSource* certificates,
                                                   std::vector<HttpEndpoint> endpoints,
                                                   TlsPolicySource policies = {});

  // Hangs up on everybody and joins the threads.
  ~HttpServer();

  std::uint16_t port() const;

  // How a server ends without losing a request, in this order. Clients that keep connections, such
  // as API servers, can't be told not to use them; so each hears it with its next answer, or else
  // when the connection is closed. No client may retry a POST that got no answer.

  // Announces the end: every answer from now on carries "Connection: close". New connections are
  // still served.
  void BeginDrain();

  // Answers requests that begin from now on with 503, "Retry-After: 0" and "Connection: close",
  // upon which API servers ask another replica.
  void BeginRefusing();

  // Waits until no connection is left, or no request has been under way for `quiet`, at most
  // `patience`. Then listens no more, answers idle connections like a request, lest one is on its
  // way, hangs up on them, and waits until all have gone, two seconds at most.
  void Finish(std::chrono::milliseconds quiet, std::chrono::milliseconds patience);

  // How many connections are open now, for metrics.
  std::size_t connections() const;

  // How many requests or clients were turned away for this reason since the start, for metrics.
  std::uint64_t refusals(RefusalReason reason) const;

 private:
  struct Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace railhook

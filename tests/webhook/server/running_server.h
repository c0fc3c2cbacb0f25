#pragma once
// A server on a free port of this machine, with endpoints for tests, and requests for them.

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "certs/directory_source.h"
#include "tests/eventually.h"
#include "tests/webhook/server/raw_client.h"
#include "webhook/server/http_server.h"

namespace railhook {

// POST /length answers with the number of bytes of the body, /throw and /throw-odd throw, GET
// /health says fine, and POST /large answers with 64 MiB.
inline std::vector<HttpEndpoint> TestEndpoints() {
  const auto length = [](const HttpRequest& request) {
    return HttpResponse{.body = std::to_string(request.body.size()), .headers = {}};
  };
  const auto fail = [](const HttpRequest&) -> HttpResponse { throw std::runtime_error("secret"); };
  const auto fail_oddly = [](const HttpRequest&) -> HttpResponse { throw 7; };
  const auto health = [](const HttpRequest&) {
    return HttpResponse{.body = "fine", .content_type = "text/plain", .headers = {{"X-Test", "1"}}};
  };
  const auto large = [](const HttpRequest&) {
    return HttpResponse{.body = std::string(64 << 20, 'x'), .headers = {}};
  };
  return {{"POST", "/length", length},
          {"POST", "/throw", fail},
          {"POST", "/throw-odd", fail_oddly},
          {"POST", "/large", large},
          {"GET", "/health", health}};
}

inline std::unique_ptr<CertificateSource> TestCertificate() {
  auto made = MakeThrowawayCertificate({.dns = {"localhost"}, .ips = {"127.0.0.1"}});
  REQUIRE(made);
  return std::move(made).Take();
}

// Puts nothing off, however slow the machine is.
inline HttpServerOptions Patient(HttpServerOptions options = {}) {
  options.most_wait = std::chrono::hours(1);
  return options;
}

inline std::unique_ptr<HttpServer> StartServer(HttpServerOptions options,
                                               CertificateSource* certificates = nullptr,
                                               TlsPolicySource policies = {}) {
  auto started = HttpServer::Start(Patient(std::move(options)), certificates, TestEndpoints(),
                                   std::move(policies));
  REQUIRE(started);
  return std::move(started).Take();
}

inline std::string Post(std::string_view path, std::string_view body, std::string_view more = "") {
  return "POST " + std::string(path) +
         " HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n" + std::string(more) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

inline const std::string kGoodRequest = Post("/length", "12345");

// Whether `client` gets the right answer to a good request.
inline bool IsServed(RawClient& client) {
  const auto answer = client.Ask(kGoodRequest);
  return answer.status == 200 && answer.body == "5";
}

inline bool Serves(const HttpServer& server, RawClient::Over over) {
  RawClient client(server.port(), over);
  return IsServed(client);
}

}  // namespace railhook

#pragma once
// A transport to servers on this machine, their certificates, and answers as text.

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>

#include "k8sclient/http_transport.h"
#include "tests/k8sclient/api_server.h"

namespace railhook {

inline const Authority& Ca() {
  static const Authority authority = TestAuthority();
  return authority;
}

inline const Certificate& Server() {
  static const Certificate certificate =
      SignedFor(Ca(), {.dns = {"localhost"}, .ips = {"127.0.0.1", "::1"}});
  return certificate;
}

// Of an authority that is not the server's.
inline const Certificate& Stranger() {
  static const Certificate certificate =
      SignedFor(TestAuthority(), {.dns = {"stranger"}, .ips = {"127.0.0.1"}});
  return certificate;
}

inline ClusterConfig ConfigFor(int port, const std::string& host = "127.0.0.1") {
  ClusterConfig config;
  config.server = "https://" + host + ':' + std::to_string(port);
  config.ca_pem = Server().ca_pem;
  return config;
}

inline std::unique_ptr<Transport> Connect(const ClusterConfig& config,
                                          HttpTransportOptions options = {}) {
  auto made = MakeHttpTransport(config, std::move(options));
  REQUIRE_MESSAGE(made, made.error().message);
  return std::move(made).Take();
}

inline ApiRequest Get(std::string path) {
  ApiRequest request;
  request.path = std::move(path);
  return request;
}

inline ApiRequest Post(std::string path, std::string body) {
  ApiRequest request = Get(std::move(path));
  request.method = "POST";
  request.body = std::move(body);
  return request;
}

// "200 body", or the error's text, in which the server is called SERVER.
inline std::string Show(const Result<ApiResponse>& response) {
  if (response) return std::to_string(response->status) + ' ' + response->body;
  CHECK(response.error().code == ErrorCode::kUnavailable);
  std::string text = response.error().message;
  const auto begin = text.find("https://127.0.0.1:");
  if (begin == text.npos) return text;
  return text.replace(begin, text.find(": ", begin) - begin, "SERVER");
}

// A server that repeats what it is asked.
struct RepeatingServer {
  ApiServer api{Server()};

  RepeatingServer() {
    const auto repeat = [](const httplib::Request& request, httplib::Response& response) {
      response.set_content(request.method + ' ' + request.target + ' ' +
                               request.get_header_value("Authorization") + ' ' + request.body,
                           "text/plain");
    };
    api.server().Get(".*", repeat);
    api.server().Post(".*", repeat);
    api.server().Patch(".*", repeat);
    api.server().Delete(".*", repeat);
    api.Start();
  }

  ClusterConfig Config() const { return ConfigFor(api.port()); }
};

}  // namespace railhook

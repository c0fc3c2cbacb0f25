#include "k8sclient/http_transport.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/k8sclient/api_server.h"

namespace railhook {
namespace {

const Authority& Ca() {
  static const Authority authority = TestAuthority();
  return authority;
}

struct Fixture {
  Certificate certificate = SignedFor(Ca(), {.dns = {"localhost"}, .ips = {"127.0.0.1"}});
  ApiServer api{certificate};

  Fixture() {
    api.server().Get("/who", [](const httplib::Request& request, httplib::Response& response) {
      response.set_content(request.get_header_value("Authorization"), "text/plain");
    });
    api.Start();
  }

  ClusterConfig Config() const {
    ClusterConfig config;
    config.server = "https://127.0.0.1:" + std::to_string(api.port());
    config.ca_pem = certificate.ca_pem;
    return config;
  }
};

std::unique_ptr<Transport> Connect(const ClusterConfig& config, HttpTransportOptions options = {}) {
  auto made = MakeHttpTransport(config, std::move(options));
  REQUIRE(made);
  return std::move(made).Take();
}

ApiRequest Get(std::string path) {
  ApiRequest request;
  request.path = std::move(path);
  return request;
}

// "200 body", or the error's text.
std::string Show(const Result<ApiResponse>& response) {
  if (!response) return response.error().message;
  return std::to_string(response->status) + ' ' + response->body;
}

TEST_CASE_FIXTURE(Fixture, "calls share a connection and show the token") {
  auto config = Config();
  config.credentials.token = "secret";
  const auto transport = Connect(config);
  for (int i = 0; i < 20; ++i) {
    CHECK(Show(transport->Send(Get("/who"), {})) == "200 Bearer secret");
  }
  CHECK(api.connections() == 1);
}

TEST_CASE_FIXTURE(Fixture, "a server of another authority is refused") {
  auto config = Config();
  config.ca_pem = SignedFor(TestAuthority(), {.dns = {"localhost"}, .ips = {}}).ca_pem;
  CHECK(Show(Connect(config)->Send(Get("/who"), {})) ==
        config.server + ": its certificate is refused: unable to get local issuer certificate");
}

TEST_CASE_FIXTURE(Fixture, "a server of another name is refused") {
  auto config = Config();
  config.tls_server_name = "elsewhere";
  CHECK(Show(Connect(config)->Send(Get("/who"), {})) ==
        config.server +
            ": its certificate is refused: it is not for \"elsewhere\" but for DNS:localhost, IP "
            "Address:127.0.0.1");
}

}  // namespace
}  // namespace railhook

#include "k8sclient/proxy.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "tests/base/environment_variable.h"
#include "tests/k8sclient/connect_proxy.h"
#include "tests/k8sclient/transport_fixture.h"

namespace railhook {
namespace {

// "host:port", "direct", or the error's text.
std::string ShowProxy(const Result<std::optional<Url>>& proxy) {
  if (!proxy) return proxy.error().message;
  return *proxy ? HostAndPort(**proxy) : "direct";
}

std::string ProxyOf(std::string_view server, const std::string& no_proxy) {
  return ShowProxy(
      FindProxy(ParseUrl(server).value(), {"http://secure:1", "http://clear:2", no_proxy}));
}

TEST_CASE("the scheme of the server chooses the variable") {
  CHECK(ProxyOf("https://api.example", "") == "secure:1");
  CHECK(ProxyOf("http://api.example", "") == "clear:2");
  CHECK(ShowProxy(FindProxy(ParseUrl("https://api").value(), {})) == "direct");
}

TEST_CASE("this machine needs no proxy") {
  for (const auto server :
       {"https://localhost:6443", "https://127.0.0.1", "https://127.9.9.9", "https://[::1]:6443"}) {
    CAPTURE(std::string_view(server));
    CHECK(ProxyOf(server, "") == "direct");
  }
}

TEST_CASE("NO_PROXY names servers that are reached directly") {
  const struct {
    std::string_view server;
    std::string no_proxy;
    std::string_view way;
  } cases[] = {
      {"https://api.example", "*", "direct"},
      {"https://api.example", "other, api.example", "direct"},
      {"https://api.example", "example", "direct"},
      {"https://api.example", ".example", "direct"},
      {"https://api.example", "*.example", "direct"},
      {"https://api.example", "pi.example", "secure:1"},
      {"https://example", ".example", "secure:1"},
      {"https://example", "example", "direct"},
      {"https://api.example", "api.example:443", "direct"},
      {"https://api.example:6443", "api.example:443", "secure:1"},
      {"https://10.96.0.1", "10.96.0.1", "direct"},
      {"https://10.96.0.1", "10.96.0.10", "secure:1"},
      {"https://10.96.0.1", "10.96.0.1:443", "direct"},
      {"https://10.96.0.1", "10.96.0.0/12", "direct"},
      {"https://10.112.0.1", "10.96.0.0/12", "secure:1"},
      {"https://10.96.0.1", "10.96.0.0/33", "secure:1"},
      {"https://10.96.0.1", "10.96.0.0/-1", "secure:1"},
      {"https://10.96.0.1", "10.96.0.0/", "secure:1"},
      {"https://10.96.0.1", "0.0.0.0/0", "direct"},
      {"https://api.example", "0.0.0.0/0", "secure:1"},
      {"https://[fd00::1]", "fd00::/8", "direct"},
      {"https://[fd00::1]", "fd00::1", "direct"},
      {"https://[fd00::1]:6443", "[fd00::1]:6443", "direct"},
      {"https://[fe00::1]", "fd00::/8", "secure:1"},
      {"https://[fd00::1]", "0.0.0.0/0", "secure:1"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.server);
    CAPTURE(c.no_proxy);
    CHECK(ProxyOf(c.server, c.no_proxy) == c.way);
  }
}

TEST_CASE("a proxy without a scheme is an HTTP one, other kinds are refused") {
  CHECK(HostAndPort(ParseProxy("proxy:3128").value()) == "proxy:3128");
  CHECK(HostAndPort(ParseProxy("http://proxy").value()) == "proxy:80");
  CHECK(ParseProxy("socks5://proxy:1080").error().message ==
        "its scheme is \"socks5\", and only HTTP proxies are supported: write http://HOST:PORT");
  CHECK(ParseProxy("https://proxy").error().code == ErrorCode::kInvalid);
  CHECK(ShowProxy(FindProxy(ParseUrl("https://api").value(), {"socks5://proxy", "", ""})) ==
        "HTTPS_PROXY: its scheme is \"socks5\", and only HTTP proxies are supported: write "
        "http://HOST:PORT");
}

// A server that only a proxy can lead to: its name has no address.
struct BehindProxy {
  static constexpr std::string_view kAsked = "CONNECT api.railhook.test:6443 HTTP/1.1\r\n";

  ApiServer api{SignedFor(Ca(), {.dns = {"api.railhook.test"}, .ips = {}})};
  ClusterConfig config = ConfigFor(6443, "api.railhook.test");

  BehindProxy() {
    api.server().Get("/", [](const httplib::Request& request, httplib::Response& response) {
      response.set_content(request.get_header_value("Proxy-Authorization"), "text/plain");
    });
    api.Start();
  }
};

TEST_CASE_FIXTURE(BehindProxy, "a proxy leads to the server, whose certificate is verified") {
  const ConnectProxy proxy(api.port(), "200 Connection established");
  config.proxy_url = "http://127.0.0.1:" + std::to_string(proxy.port());
  const auto transport = Connect(config);
  for (int i = 0; i < 3; ++i) CHECK(Show(transport->Send(Get("/"), {})) == "200 ");
  CHECK(proxy.requests().size() == 1);
  CHECK(proxy.requests().front().starts_with(kAsked));
  config.tls_server_name = "elsewhere";
  CHECK(Show(Connect(config)->Send(Get("/"), {})) ==
        "https://api.railhook.test:6443 through the proxy " + config.proxy_url +
            ": its certificate is refused: it is not for \"elsewhere\" but for "
            "DNS:api.railhook.test");
}

TEST_CASE_FIXTURE(BehindProxy, "the proxy learns who we are, and the server doesn't learn it") {
  const ConnectProxy proxy(api.port(), "200 Connection established");
  config.proxy_url = "http://me:p%40ss@127.0.0.1:" + std::to_string(proxy.port());
  CHECK(Show(Connect(config)->Send(Get("/"), {})) == "200 ");
  const auto request = proxy.requests().front();
  CHECK(request.find("Proxy-Authorization: Basic bWU6cEBzcw==\r\n") != request.npos);
}

TEST_CASE_FIXTURE(BehindProxy, "a proxy that refuses is named with its answer, and no password") {
  for (const std::string status :
       {"407 Proxy Authentication Required", "403 Forbidden", "502 Bad Gateway"}) {
    const ConnectProxy proxy(api.port(), status);
    config.proxy_url = "http://me:secret@127.0.0.1:" + std::to_string(proxy.port());
    const auto transport = Connect(config);
    for (int i = 0; i < 2; ++i) {
      CHECK(Show(transport->Send(Get("/"), {})) ==
            "https://api.railhook.test:6443 through the proxy http://127.0.0.1:" +
                std::to_string(proxy.port()) + ": the proxy answered CONNECT with " +
                status.substr(0, 3));
    }
    CHECK(api.connections() == 0);
  }
}

TEST_CASE_FIXTURE(BehindProxy, "HTTPS_PROXY counts where the configuration names no proxy") {
  const ConnectProxy proxy(api.port(), "200 Connection established");
  const EnvironmentVariable https_proxy("HTTPS_PROXY", "127.0.0.1:" + std::to_string(proxy.port()));
  {
    const EnvironmentVariable no_proxy("NO_PROXY", "10.0.0.0/8,.svc");
    CHECK(Show(Connect(config)->Send(Get("/"), {})) == "200 ");
  }
  CHECK(proxy.requests().size() == 1);
  const EnvironmentVariable no_proxy("NO_PROXY", "railhook.test");
  CHECK_FALSE(FindProxy(ParseUrl(config.server).value(), ReadProxyVariables()).value());
  const EnvironmentVariable socks("HTTPS_PROXY", "socks5://127.0.0.1");
  config.server = "https://elsewhere.test";
  CHECK(MakeHttpTransport(config).error().message ==
        "HTTPS_PROXY: its scheme is \"socks5\", and only HTTP proxies are supported: write "
        "http://HOST:PORT");
}

}  // namespace
}  // namespace railhook

#include "k8sclient/proxy.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace railhook {
namespace {

// "host:port", "direct", or the error's text.
std::string Show(const Result<std::optional<Url>>& proxy) {
  if (!proxy) return proxy.error().message;
  return *proxy ? HostAndPort(**proxy) : "direct";
}

std::string ProxyOf(std::string_view server, const std::string& no_proxy) {
  return Show(FindProxy(ParseUrl(server).value(), {"http://secure:1", "http://clear:2", no_proxy}));
}

TEST_CASE("the scheme of the server chooses the variable") {
  CHECK(ProxyOf("https://api.example", "") == "secure:1");
  CHECK(ProxyOf("http://api.example", "") == "clear:2");
  CHECK(Show(FindProxy(ParseUrl("https://api").value(), {})) == "direct");
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
  CHECK(Show(FindProxy(ParseUrl("https://api").value(), {"socks5://proxy", "", ""})) ==
        "HTTPS_PROXY: its scheme is \"socks5\", and only HTTP proxies are supported: write "
        "http://HOST:PORT");
}

}  // namespace
}  // namespace railhook

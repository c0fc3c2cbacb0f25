#include "k8sclient/url.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace railhook {
namespace {

// Its parts in their order, or the error's text.
std::string Show(std::string_view text) {
  const auto url = ParseUrl(text);
  if (!url) return url.error().message;
  return url->scheme + '|' + url->username + '|' + url->password + '|' + url->host + '|' +
         std::to_string(url->port) + '|' + url->path;
}

TEST_CASE("an address falls into its parts") {
  const struct {
    std::string_view text, parts;
  } cases[] = {
      {"https://10.96.0.1:443", "https|||10.96.0.1|443|"},
      {"https://kubernetes.default.svc", "https|||kubernetes.default.svc|443|"},
      {"http://localhost:8001/", "http|||localhost|8001|"},
      {"HTTPS://API.example:6443", "https|||API.example|6443|"},
      {"https://[::1]:6443", "https|||::1|6443|"},
      {"https://[fd00::1]", "https|||fd00::1|443|"},
      {"https://rancher/k8s/clusters/c-1/", "https|||rancher|443|/k8s/clusters/c-1"},
      {"http://proxy", "http|||proxy|80|"},
      {"socks5://proxy", "socks5|||proxy|1080|"},
      {"http://me:pass@proxy:3128", "http|me|pass|proxy|3128|"},
      {"http://me@proxy", "http|me||proxy|80|"},
      {"http://a%40b:%3a%zz@proxy", "http|a@b|:%zz|proxy|80|"},
      {"http://a@b:c@proxy", "http|a@b|c|proxy|80|"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.text);
    CHECK(Show(c.text) == c.parts);
  }
}

TEST_CASE("what is no address is refused with a word about what to write") {
  const struct {
    std::string_view text, error;
  } cases[] = {
      {"", "it has no scheme: write https://HOST:PORT"},
      {"10.96.0.1:443", "it has no scheme: write https://HOST:PORT"},
      {"https://", "it names no host: write https://HOST:PORT"},
      {"https://:443", "it names no host: write https://HOST:PORT"},
      {"https://a:0", "its port is \"0\", not a number from 1 to 65535: write https://HOST:PORT"},
      {"https://a:65536",
       "its port is \"65536\", not a number from 1 to 65535: write https://HOST:PORT"},
      {"https://a:", "its port is \"\", not a number from 1 to 65535: write https://HOST:PORT"},
      {"https://a:6443x",
       "its port is \"6443x\", not a number from 1 to 65535: write https://HOST:PORT"},
      {"https://[::1", "its [ has no ]: write https://HOST:PORT"},
      {"https://[name]", "\"name\" is no IPv6 address: write https://HOST:PORT"},
      {"https://[::1]6443", "after its host comes \"6443\": write https://HOST:PORT"},
      {"https://a b", "its host is \"a b\": write https://HOST:PORT"},
      {"https://a/b c",
       "its path \"/b c\" has a character that must be encoded: write https://HOST:PORT"},
      {"https://a?x=1", "it has a query or a fragment: write https://HOST:PORT"},
      {"https://a/b#c", "it has a query or a fragment: write https://HOST:PORT"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.text);
    CHECK(Show(c.text) == c.error);
  }
}

TEST_CASE("IPv6 addresses stand in brackets before a port") {
  CHECK(HostAndPort(ParseUrl("https://[::1]").value()) == "[::1]:443");
  CHECK(HostAndPort(ParseUrl("https://127.0.0.1").value()) == "127.0.0.1:443");
  CHECK(HostAndPort(ParseUrl("http://name:1").value()) == "name:1");
}

}  // namespace
}  // namespace railhook

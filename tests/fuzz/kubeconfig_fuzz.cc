// Kubeconfigs, what plugins print, and NO_PROXY.

#include <string>

#include "k8sclient/exec_plugin.h"
#include "k8sclient/kubeconfig.h"
#include "k8sclient/proxy.h"
#include "k8sclient/url.h"
#include "tests/fuzz/fuzz.h"

namespace railhook {
namespace {

void FuzzKubeconfig(std::string_view text) {
  const auto config = ReadKubeconfig({{"/a/config", std::string(text)}, {"/b/config", ""}}, "");
  if (!config) {
    Expect(config.error().code == ErrorCode::kInvalid, "a kubeconfig is good or invalid");
    return Expect(config.error().message.find("/config: ") != std::string::npos,
                  "a refusal names the file");
  }
  const auto server = ParseUrl(config->server);
  Expect(server && (server->scheme == "https" || server->scheme == "http"), "a server is a URL");
  Expect(config->proxy_url.empty() || ParseProxy(config->proxy_url), "a proxy can be used");
  Expect(config->ca_file.empty() || config->ca_file.is_absolute(), "paths start at the file");
}

void FuzzUrl(std::string_view text) {
  const auto url = ParseUrl(text);
  if (!url) return;
  Expect(!url->host.empty() && url->port > 0 && url->port <= 65535, "a URL has host and port");
  const auto again = ParseUrl(url->scheme + "://" + HostAndPort(*url) + url->path);
  Expect(again && again->host == url->host && again->port == url->port && again->path == url->path,
         "a URL written again is the same");
  Expect(FindProxy(*url, {"proxy:1", "proxy:2", std::string(text)}).has_value(),
         "any NO_PROXY will do");
}

}  // namespace
}  // namespace railhook

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace railhook;
  const std::string_view text = AsText(data, size);
  FuzzKubeconfig(text);
  FuzzUrl(text);
  const auto credential = ReadExecCredential(text, "client.authentication.k8s.io/v1");
  Expect(!credential || !credential->token.empty() || !credential->key_pem.empty(),
         "credentials are some");
  return 0;
}

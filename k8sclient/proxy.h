#pragma once
// Which proxy leads to a server.

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "k8sclient/url.h"

namespace railhook {

// The address of a proxy; without a scheme it is of http. kInvalid where it is of a kind that can't
// be used: only HTTP proxies that are reached in the clear can.
Result<Url> ParseProxy(std::string_view text);

// Variables of the environment, as programs in Go read them.
struct ProxyVariables {
  std::string https_proxy;  // HTTPS_PROXY, else https_proxy; for https servers
  std::string http_proxy;   // likewise, for http ones
  std::string no_proxy;     // servers without one: names with their subdomains (".name": only
                            // those), addresses, ranges, each maybe with a port; "*" is all
};

ProxyVariables ReadProxyVariables();

// Nothing for this machine itself and for those of no_proxy. kInvalid names the variable.
Result<std::optional<Url>> FindProxy(const Url& server, const ProxyVariables& variables);

}  // namespace railhook

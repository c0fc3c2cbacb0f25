#include "k8sclient/proxy.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include "base/environment.h"
#include "base/text.h"

namespace railhook {
namespace {

std::string EitherCase(const char* upper, const char* lower) {
  auto value = Environment(upper);
  return value.empty() ? Environment(lower) : value;
}

// As 128 bits; IPv4 as ::ffff:a.b.c.d.
std::optional<in6_addr> ReadAddress(std::string_view text) {
  in6_addr address{};
  const std::string whole(text);
  if (::inet_pton(AF_INET6, whole.c_str(), &address) == 1) return address;
  if (::inet_pton(AF_INET6, ("::ffff:" + whole).c_str(), &address) == 1) return address;
  return std::nullopt;
}

bool ShareBits(const in6_addr& a, const in6_addr& b, int bits) {
  for (int i = 0; i < bits; ++i) {
    const auto differ = a.s6_addr[i / 8] ^ b.s6_addr[i / 8];
    if (differ >> (7 - i % 8) & 1) return false;
  }
  return true;
}

bool IsInRange(std::string_view host, std::string_view range) {
  const auto slash = range.find('/');
  const auto address = ReadAddress(host);
  const auto first = ReadAddress(range.substr(0, slash));
  if (!address || !first || slash == range.npos) return false;
  const auto length = range.substr(slash + 1);
  const int width = range.find(':') == range.npos ? 32 : 128;
  int bits = -1;
  const auto read = std::from_chars(length.data(), length.data() + length.size(), bits);
  return read.ptr == length.data() + length.size() && bits >= 0 && bits <= width &&
         ShareBits(*address, *first, bits + 128 - width);
}

// An address alone is a range of one.
std::string AsRange(std::string_view entry) {
  std::string range(entry);
  if (ReadAddress(entry)) range += entry.find(':') == entry.npos ? "/32" : "/128";
  return range;
}

bool IsThisMachine(const Url& server) {
  return server.host == "localhost" || IsInRange(server.host, "127.0.0.0/8") ||
         IsInRange(server.host, "::1/128");
}

bool IsNamed(std::string_view host, std::string_view pattern) {
  if (pattern.starts_with("*.")) pattern.remove_prefix(1);
  if (pattern.starts_with('.')) return host.ends_with(pattern);
  return host == pattern || host.ends_with('.' + std::string(pattern));
}

// "name:443", "10.0.0.1:443" and "[::1]:443" hold for that port alone.
bool Excludes(std::string_view entry, const Url& server) {
  if (entry == "*") return true;
  if (const auto range = AsRange(entry); range.find('/') != range.npos) {
    return IsInRange(server.host, range);
  }
  const auto port = ':' + std::to_string(server.port);
  if (entry.ends_with(port)) entry.remove_suffix(port.size());
  if (entry.starts_with('[') && entry.ends_with(']')) entry = entry.substr(1, entry.size() - 2);
  return IsNamed(server.host, entry);
}

}  // namespace

Result<Url> ParseProxy(std::string_view text) {
  const bool has_scheme = text.find("://") != text.npos;
  auto url = ParseUrl(has_scheme ? std::string(text) : "http://" + std::string(text));
  if (!url || url->scheme == "http") return url;
  return Fail(ErrorCode::kInvalid, "its scheme is " + Quoted(url->scheme) +
                                       ", and only HTTP proxies are supported: write "
                                       "http://HOST:PORT");
}

ProxyVariables ReadProxyVariables() {
  return {EitherCase("HTTPS_PROXY", "https_proxy"), EitherCase("HTTP_PROXY", "http_proxy"),
          EitherCase("NO_PROXY", "no_proxy")};
}

Result<std::optional<Url>> FindProxy(const Url& server, const ProxyVariables& variables) {
  const bool is_tls = server.scheme == "https";
  const auto& proxy = is_tls ? variables.https_proxy : variables.http_proxy;
  const auto excludes = [&](const std::string& entry) { return Excludes(entry, server); };
  const auto direct = SplitList(variables.no_proxy);
  if (proxy.empty() || IsThisMachine(server) ||
      std::any_of(direct.begin(), direct.end(), excludes)) {
    return std::nullopt;
  }
  auto url = ParseProxy(proxy);
  if (!url) return Fail(is_tls ? "HTTPS_PROXY" : "HTTP_PROXY", url.error());
  return std::optional(std::move(url).Take());
}

}  // namespace railhook

#include "k8sclient/url.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <optional>

#include "base/text.h"

namespace railhook {
namespace {

tl::unexpected<Error> Refuse(std::string_view what) {
  return Fail(ErrorCode::kInvalid, std::string(what) + ": write https://HOST:PORT");
}

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

int UsualPort(std::string_view scheme) {
  if (scheme == "http") return 80;
  return scheme.starts_with("socks5") ? 1080 : 443;
}

std::optional<char> HexByte(std::string_view digits) {
  std::uint8_t byte = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
  if (digits.size() != 2 || read.ptr != digits.data() + 2) return std::nullopt;
  return static_cast<char>(byte);
}

std::string DecodePercent(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = text[i] == '%' ? HexByte(text.substr(i + 1, 2)) : std::nullopt;
    decoded += byte.value_or(text[i]);
    if (byte) i += 2;
  }
  return decoded;
}

void ReadUser(std::string_view text, Url& url) {
  const auto colon = text.find(':');
  url.username = DecodePercent(text.substr(0, colon));
  if (colon != text.npos) url.password = DecodePercent(text.substr(colon + 1));
}

Result<int> ReadPort(std::string_view text) {
  int port = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), port);
  if (text.empty() || read.ptr != text.data() + text.size() || port < 1 || port > 65535) {
    return Refuse("its port is " + Quoted(text) + ", not a number from 1 to 65535");
  }
  return port;
}

bool IsPathCharacter(char c) { return c > ' ' && c <= '~'; }

bool IsHostCharacter(unsigned char c) {
  return std::isalnum(c) ||
         std::string_view("-._~:").find(static_cast<char>(c)) != std::string_view::npos;
}

Result<> ReadHost(std::string_view text, Url& url) {
  const bool bracketed = text.starts_with('[');
  const auto end = bracketed ? text.find(']') : text.find(':');
  if (bracketed && end == text.npos) return Refuse("its [ has no ]");
  url.host = text.substr(bracketed, end - bracketed);
  if (url.host.empty()) return Refuse("it names no host");
  if (!std::all_of(url.host.begin(), url.host.end(), IsHostCharacter)) {
    return Refuse("its host is " + Quoted(url.host));
  }
  if (bracketed && !IsAddress(url.host)) return Refuse(Quoted(url.host) + " is no IPv6 address");
  const auto rest = end == text.npos ? "" : text.substr(end + bracketed);
  if (rest.empty()) return {};
  if (!rest.starts_with(':')) return Refuse("after its host comes " + Quoted(rest));
  url.port = TRY(ReadPort(rest.substr(1)));
  return {};
}

}  // namespace

Result<Url> ParseUrl(std::string_view text) {
  const auto scheme = text.find("://");
  if (scheme == text.npos) return Refuse("it has no scheme");
  Url url;
  url.scheme = LowerCase(text.substr(0, scheme));
  url.port = UsualPort(url.scheme);
  text.remove_prefix(scheme + 3);
  const auto authority = text.substr(0, text.find_first_of("/?#"));
  const auto path = text.substr(authority.size());
  if (!std::all_of(path.begin(), path.end(), IsPathCharacter)) {
    return Refuse("its path " + Quoted(path) + " has a character that must be encoded");
  }
  if (path.find_first_of("?#") != path.npos) return Refuse("it has a query or a fragment");
  url.path = path.substr(0, path.find_last_not_of('/') + 1);
  const auto at = authority.rfind('@');
  if (at != authority.npos) ReadUser(authority.substr(0, at), url);
  TRY(ReadHost(authority.substr(at == authority.npos ? 0 : at + 1), url));
  return url;
}

std::string HostAndPort(const Url& url) {
  const bool is_ipv6 = url.host.find(':') != url.host.npos;
  return (is_ipv6 ? '[' + url.host + ']' : url.host) + ':' + std::to_string(url.port);
}

bool IsAddress(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> address;
  return ::inet_pton(AF_INET, host.c_str(), address.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), address.data()) == 1;
}

}  // namespace railhook

#pragma once
// Addresses of servers and proxies.

#include <string>
#include <string_view>

#include "base/result.h"

namespace railhook {

struct Url {
  std::string scheme;    // in lower case
  std::string username;  // decoded, as the password is
  std::string password;
  std::string host;  // a name, or an address without brackets
  int port = 0;      // the scheme's own where none is written
  std::string path;  // "" or from "/", without a slash at its end
};

// kInvalid says what is wrong with `text` and what to write; never with a password in it.
Result<Url> ParseUrl(std::string_view text);

// "10.96.0.1:443", "[::1]:6443".
std::string HostAndPort(const Url& url);

// Whether `host` is an IPv4 or IPv6 address.
bool IsAddress(const std::string& host);

}  // namespace railhook

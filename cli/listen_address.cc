#include "cli/listen_address.h"

#include <cstdint>

#include "base/text.h"

namespace railhook {

Result<HttpServerOptions> ParseListenAddress(const std::string& text) {
  HttpServerOptions options;
  const auto colon = text.rfind(':');
  const std::string port = colon == std::string::npos ? "" : text.substr(colon + 1);
  std::string address = text.substr(0, colon);
  if (address.starts_with('[') && address.ends_with(']'))
    address = address.substr(1, address.size() - 2);
  const bool digits = !port.empty() && port.size() <= 5 &&
                      port.find_first_not_of("0123456789") == std::string::npos;
  if (!digits || address.empty() || std::stoi(port) > 65535) {
    return Fail(ErrorCode::kInvalid,
                Quoted(text) + " is no ADDR:PORT, such as 127.0.0.1:8443 or [::]:8443");
  }
  options.address = address;
  options.port = static_cast<std::uint16_t>(std::stoi(port));
  return options;
}

}  // namespace railhook

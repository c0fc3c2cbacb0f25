#pragma once
// Where a server is to listen, as people write it.

#include <string>

#include "base/result.h"
#include "webhook/server/http_server.h"

namespace railhook {

// The address and port of "127.0.0.1:8443" or "[::1]:8443". kInvalid quotes what is none.
Result<HttpServerOptions> ParseListenAddress(const std::string& text);

}  // namespace railhook

#pragma once
// Calls an endpoint's handler, which may throw.

#include "webhook/server/http_server.h"

namespace railhook {

// The handler's response; where it throws, a 500 with a number under which the log has the reason.
HttpResponse CallHandler(const HttpEndpoint& endpoint, const HttpRequest& request);

}  // namespace railhook

#pragma once
// Calls an endpoint's handler, which may throw.

#include "webhook/server/http_server.h"

namespace railhook {

// What the handler gives; where it throws, a 500 with a number under which the log has the reason.
HttpOutcome CallHandler(const HttpEndpoint& endpoint, const HttpRequest& request);
// The same for a late response.
HttpResponse MakeLate(const HttpEndpoint& endpoint, const LateHttpResponse& late);

}  // namespace railhook

#pragma once
// Which endpoint a request is for.

#include <cstddef>
#include <vector>

#include "webhook/server/http_head.h"
#include "webhook/server/http_server.h"

namespace railhook {

// The endpoint for a request whose body may have `most_body_bytes`, or the refusal that
// http_server.h promises. HEAD goes to GET's endpoint. The result points into `endpoints`.
OrRefusal<const HttpEndpoint*> Route(const std::vector<HttpEndpoint>& endpoints,
                                     const RequestHead& head, std::size_t most_body_bytes);

}  // namespace railhook

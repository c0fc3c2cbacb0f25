#pragma once
// What all connections of one server share.

#include <atomic>
#include <utility>
#include <vector>

#include "webhook/server/body_budget.h"
#include "webhook/server/connection_table.h"
#include "webhook/server/http_server.h"
#include "webhook/server/workers.h"

namespace railhook {

struct ServerState {
  ServerState(HttpServerOptions o, std::vector<HttpEndpoint> e)
      : options(std::move(o)),
        endpoints(std::move(e)),
        connections({options.max_connections, options.max_connections_per_address}),
        bodies(options.max_buffered_bytes),
        workers(options.workers, options.max_late) {}

  const HttpServerOptions options;
  const std::vector<HttpEndpoint> endpoints;
  std::atomic<bool> draining = false;
  ConnectionTable connections;
  BodyBudget bodies;
  Workers workers;
};

}  // namespace railhook

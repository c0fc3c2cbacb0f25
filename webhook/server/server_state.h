#pragma once
// What all connections of one server share.

#include <atomic>
#include <utility>
#include <vector>

#include "webhook/server/answer_counts.h"
#include "webhook/server/body_budget.h"
#include "webhook/server/connection_count.h"
#include "webhook/server/http_server.h"
#include "webhook/server/workers.h"

namespace railhook {

struct ServerState {
  ServerState(HttpServerOptions o, std::vector<HttpEndpoint> e)
      : options(std::move(o)),
        endpoints(std::move(e)),
        bodies(options.max_buffered_bytes),
        workers(options.workers, options.max_late) {}

  const HttpServerOptions options;
  const std::vector<HttpEndpoint> endpoints;
  std::atomic<bool> draining = false;
  ConnectionCount connections;
  AnswerCounts answers;
  BodyBudget bodies;
  Workers workers;
};

}  // namespace railhook

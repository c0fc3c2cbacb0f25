#pragma once
// What all connections of one server share.

#include <atomic>
#include <chrono>
#include <utility>
#include <vector>

#include "webhook/server/body_budget.h"
#include "webhook/server/connection_count.h"
#include "webhook/server/http_server.h"
#include "webhook/server/refusal_counts.h"
#include "webhook/server/request_activity.h"
#include "webhook/server/throttle.h"
#include "webhook/server/workers.h"

namespace railhook {

// The way down; see HttpServer.
enum class Stage {
  kServing,
  kLeaving /* no connection is kept */,
  kRefusing /* requests as well */
};

struct ServerState {
  ServerState(HttpServerOptions o, std::vector<HttpEndpoint> e)
      : options(std::move(o)),
        endpoints(std::move(e)),
        bodies(options.max_buffered_bytes),
        workers(options.workers, options.max_late) {}

  static constexpr std::chrono::seconds kComplainEvery{10};

  const HttpServerOptions options;
  const std::vector<HttpEndpoint> endpoints;
  std::atomic<Stage> stage = Stage::kServing;
  ConnectionCount connections;
  RequestActivity requests;
  RefusalCounts refusals;
  Throttle context_complaints{kComplainEvery};
  Throttle client_complaints{kComplainEvery};
  BodyBudget bodies;
  Workers workers;
};

}  // namespace railhook

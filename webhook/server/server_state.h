#pragma once
// What all connections of one server share.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <utility>
#include <vector>

#include "webhook/server/body_budget.h"
#include "webhook/server/connection_table.h"
#include "webhook/server/http_server.h"
#include "webhook/server/refusal_counts.h"
#include "webhook/server/request_activity.h"
#include "webhook/server/throttle.h"
#include "webhook/server/workers.h"

namespace railhook {

constexpr std::size_t kLongBody = 256 << 10;  // milliseconds to parse; a loop has no time for that
constexpr int kLongBodyThreads = 1;  // one after the other: so the loops keep most of a CPU

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
        connections({options.max_connections, options.max_connections_per_address}),
        bodies(options.max_buffered_bytes),
        workers(options.workers, options.max_late),
        long_bodies(kLongBodyThreads, options.max_buffered_bytes / kLongBody) {}

  static constexpr std::chrono::seconds kComplainEvery{10};

  const HttpServerOptions options;
  const std::vector<HttpEndpoint> endpoints;
  std::atomic<Stage> stage = Stage::kServing;
  ConnectionTable connections;
  RequestActivity requests;
  RefusalCounts refusals;
  Throttle context_complaints{kComplainEvery};
  Throttle client_complaints{kComplainEvery};
  BodyBudget bodies;
  Workers workers;  // for late responses, which wait for others
  Workers
      long_bodies;  // for requests that take long to read; as many wait as `bodies` has room for
};

}  // namespace railhook

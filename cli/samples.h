#pragma once
// What the parts of a server count, as samples of metrics.

#include <map>
#include <vector>

#include "certs/certificate_source.h"
#include "multus/cluster_rails.h"
#include "multus/network_controller.h"
#include "multus/rail_index.h"
#include "webhook/server/connection_counts.h"
#include "webhook/server/http_server.h"
#include "webhook/server/metrics.h"

namespace railhook {

using Samples = std::vector<Metrics::Sample>;

// result: success, failure.
Samples ByResult(long successes, long failures);

// code: HTTP statuses.
Samples ByCode(const std::map<int, long>& answers);

// state: unproven, idle, busy, leaving.
Samples ByState(const ConnectionCounts& counts);

// reason: limit, address_limit, descriptors.
Samples RejectionsByReason(const ConnectionCounts& counts);

// reason: overload, memory, draining, client_certificate.
Samples RefusalsByReason(const HttpServer& server);

// kind: spidermultusconfigs, network-attachment-definitions, namespaces. Null: none of each.
Samples ObjectsByKind(const RailIndex* index);

// cert: leaf, ca. Null: 0 for both.
Samples EndsByCert(const Certificate* certificate);

// kind: the resources, and when the API server last sent something, in seconds since 1970; 0:
// never.
Samples LastEventsByKind(const std::vector<ClusterRails::Part>& parts);

// kind: the resources; reason: ended, expired, error.
Samples RestartsByReason(const std::vector<ClusterRails::Part>& parts);

// state: kept, pending, refused, invalid.
Samples ByState(const NetworkCounts& counts);

// verb: create, patch, delete; result: success, failure.
Samples WritesByVerb(const NetworkController& networks);

}  // namespace railhook

#pragma once
// What an admission costs over kept-alive TLS connections on this machine.

#include <string>

#include "base/result.h"
#include "bench/samples.h"
#include "multus/rail_index.h"

namespace railhook {

// One sample a turn.
struct ServedFigures {
  Samples requests_per_second;
  Samples server_microseconds;  // of CPU a request
};

struct ServedTimes {
  ServedFigures mutate;  // POST /mutate-pods
  ServedFigures
      floor;  // the same server parses the same review and answers a constant of the same size
};

struct Load {
  int turns;
  int clients;
  int requests;  // of each client in every turn
};

// How long an admission takes at most for 99 of 100, in milliseconds; one sample a turn.
struct CrowdedTimes {
  Samples quiet;
  Samples beside_slow;    // beside slow clients
  Samples beside_greedy;  // beside a client that posts 3 MiB without a pause
};

struct CrowdedLoad {
  Load load;
  int slow;  // clients
};

Result<ServedTimes> MeasureServed(const std::string& review, const RailIndex& index,
                                  const Load& load);

// The clients pause between their requests, as a server that is busy all the time keeps everybody
// waiting anyway.
Result<CrowdedTimes> MeasureCrowded(const std::string& review, const RailIndex& index,
                                    const CrowdedLoad& crowded);

}  // namespace railhook

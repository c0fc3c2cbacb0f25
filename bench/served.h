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

Result<ServedTimes> MeasureServed(const std::string& review, const RailIndex& index,
                                  const Load& load);

}  // namespace railhook

#pragma once
// What an admission costs without a socket.

#include <string>

#include "base/result.h"
#include "bench/samples.h"
#include "multus/rail_index.h"

namespace railhook {

// Microseconds a call, one sample a turn.
struct PureTimes {
  Samples parse;   // ParseAdmissionReview
  Samples inject;  // Inject: the patch
  Samples admit;   // AdmitPod: the patch, and the check that it applies
  Samples answer;  // ToReview
};

// `calls` of each in every turn.
Result<PureTimes> MeasurePure(const std::string& review, const RailIndex& index, int turns,
                              int calls);

}  // namespace railhook

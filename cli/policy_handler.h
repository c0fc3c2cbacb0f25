#pragma once
// The handler of POST /validate-sriovnetworknodepolicies, for SriovNetworkPoolConfigs, too. Each
// decision is counted, and logged in one line.

#include <functional>
#include <optional>

#include "cli/cluster_policies.h"
#include "webhook/admission/response.h"
#include "webhook/server/metrics.h"

namespace railhook {

// Refuses what has an error, and what contradicts another object of its kind, and warns. `known`
// gives those that there are, none while they aren't known: the API server is asked to try again.
// `metrics` must outlive the handler.
AdmissionHandler MakePolicyValidator(std::function<std::optional<SriovObjects>()> known,
                                     Metrics& metrics);

}  // namespace railhook

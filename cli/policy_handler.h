#pragma once
// The handler of POST /validate-sriovnetworknodepolicies, for SriovNetworkPoolConfigs, too. Each
// decision is counted, and logged in one line.

#include <functional>
#include <optional>
#include <vector>

#include "policy/node_policy.h"
#include "webhook/admission/response.h"
#include "webhook/server/metrics.h"

namespace railhook {

// Refuses what has an error, and a policy that contradicts another one, and warns. `policies` gives
// those that there are, none while they aren't known: the API server is asked to try again.
// `metrics` must outlive the handler.
AdmissionHandler MakePolicyValidator(
    std::function<std::optional<std::vector<NodePolicy>>()> policies, Metrics& metrics);

}  // namespace railhook

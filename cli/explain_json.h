#pragma once
// An explained pod for programs.

#include <nlohmann/json_fwd.hpp>

#include "explain/explained_pod.h"

namespace railhook {

// Every member is always there; what doesn't apply is null or empty. docs/contract.md lists them.
nlohmann::ordered_json ExplanationJson(const ExplainedPod& pod);

}  // namespace railhook

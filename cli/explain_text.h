#pragma once
// An explained pod for people: 80 columns, as far as names allow.

#include <string>

#include "explain/explained_pod.h"

namespace railhook {

// `all_nodes`: a line for each node instead of a summary.
std::string ExplanationText(const ExplainedPod& pod, bool all_nodes);

}  // namespace railhook

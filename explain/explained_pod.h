#pragma once
// All that explain has to say about one pod or pod template.

#include <optional>
#include <string>
#include <vector>

#include "explain/comparison.h"
#include "explain/explanation.h"
#include "explain/node_fit.h"

namespace railhook {

struct ExplainedPod {
  std::string who;  // "Pod default/train", "Job default/train (spec.template)"
  std::string name_space;
  Explanation explanation;             // what injection would do today
  std::vector<std::string> misplaced;  // annotations of its workload that nobody reads, a line each

  // Of a pod that exists.
  std::optional<PodState> state;
  std::optional<InjectionStatus> status;
  std::vector<std::string> differences;

  std::optional<NodeFit> fit;    // where it still needs a node
  std::string nodes_not_judged;  // why there is no fit though it needs a node
};

}  // namespace railhook

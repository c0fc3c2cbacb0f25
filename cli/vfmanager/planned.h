#pragma once
// The plan of this machine, made from files: what `plan` shows and `apply` carries out.

#include <string>

#include "base/result.h"
#include "vfmanager/host_paths.h"
#include "vfmanager/plan.h"

namespace CLI {
class App;
}

namespace railhook {

struct PlanSources {
  std::string policies;     // a directory or file of SriovNetworkNodePolicies and pools
  std::string saved;        // or a file of which all is for this machine, as the agent leaves it
  std::string node_labels;  // "k=v,k2=v2", beside those that every kubelet gives its node
  HostPaths host;
};

// Adds --node-labels, --guids and those of AddHostOptions.
void AddPlanSources(CLI::App& command, PlanSources& sources);

// Reads files and host, writes nothing. kInvalid where VFs would go because no policy of `policies`
// is for this machine.
Result<Plan> PlanOfThisMachine(const PlanSources& sources);

}  // namespace railhook

#pragma once
// The handler of POST /warn-workloads: allows everything, with what its author should know.

#include <functional>
#include <memory>

#include "multus/rail_index.h"
#include "webhook/admission/response.h"
#include "webhook/inject/config.h"

namespace railhook {

// Both as for pods, see cli/pod_handler.h; but while the rails aren't known nothing is said.
// Nothing is looked up live: pods would have to wait for that, and they are who matters.
struct WorkloadHandlerSources {
  std::function<std::shared_ptr<const RailIndex>()> rails;
  std::function<std::shared_ptr<const InjectConfig>()> config;
};

// Whatever fails in it, the workload passes.
AdmissionHandler MakeWorkloadHandler(WorkloadHandlerSources sources);

}  // namespace railhook

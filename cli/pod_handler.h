#pragma once
// The handler of POST /mutate-pods: decides with the newest rails and configuration, counts, and
// logs one line.

#include <functional>
#include <memory>

#include "multus/rail_index.h"
#include "webhook/admission/response.h"
#include "webhook/inject/config.h"
#include "webhook/server/metrics.h"

namespace railhook {

struct PodHandlerSources {
  std::function<std::shared_ptr<const RailIndex>()> rails;
  std::function<std::shared_ptr<const InjectConfig>()> config;
};

// `metrics` must outlive the handler. Of the pod itself only its names reach the log.
AdmissionHandler MakePodHandler(PodHandlerSources sources, Metrics& metrics);

}  // namespace railhook

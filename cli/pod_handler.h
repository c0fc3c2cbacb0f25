#pragma once
// The handler of POST /mutate-pods: decides with the newest rails and configuration, counts, and
// logs one line.

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "multus/rail_index.h"
#include "webhook/admission/response.h"
#include "webhook/inject/config.h"
#include "webhook/server/metrics.h"

namespace railhook {

struct PodHandlerSources {
  // Null while they aren't known: the API server is asked to try again.
  std::function<std::shared_ptr<const RailIndex>()> rails;
  std::function<std::shared_ptr<const InjectConfig>()> config;
  // What the API server has at this moment, for a request that `rails` knows too little for; may
  // block. `subject` is what isn't known, `name_space` the request's, `asked` when it came. Null
  // where it isn't to be asked; where it can't be read the API server is asked to try again.
  // Without this function, what `rails` doesn't know doesn't exist.
  std::function<Result<std::shared_ptr<const RailIndex>>(
      const std::string& subject, const std::string& name_space,
      std::chrono::steady_clock::time_point asked)>
      live;
};

// `metrics` must outlive the handler. Of the pod itself only its names reach the log.
AdmissionHandler MakePodHandler(PodHandlerSources sources, Metrics& metrics);

}  // namespace railhook

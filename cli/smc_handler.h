#pragma once
// The handlers of POST /mutate-spidermultusconfigs and POST /validate-spidermultusconfigs. Each
// decision is counted, and logged in one line.

#include <functional>
#include <memory>

#include "multus/rail_index.h"
#include "webhook/admission/response.h"
#include "webhook/server/metrics.h"

namespace railhook {

// `metrics` must outlive the handlers.

// Fills in what a SpiderMultusConfig leaves out.
AdmissionHandler MakeSmcDefaulter(Metrics& metrics);

// Refuses a SpiderMultusConfig with an error, and warns. `rails` gives the networks that there are;
// null while they aren't known: the API server is asked to try again.
AdmissionHandler MakeSmcValidator(std::function<std::shared_ptr<const RailIndex>()> rails,
                                  Metrics& metrics);

}  // namespace railhook

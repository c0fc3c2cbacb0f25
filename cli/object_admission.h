#pragma once
// What the handlers of custom resources share: from what is wrong with an object to the answer.

#include <functional>
#include <string>
#include <vector>

#include "k8sclient/finding.h"
#include "k8sclient/resource_type.h"
#include "webhook/admission/response.h"
#include "webhook/admission/review.h"
#include "webhook/server/metrics.h"

namespace railhook {

struct Decision {
  AdmissionResponse response;
  std::string refused_over;  // the fields that are wrong, for the log; their values aren't logged
};

// A denial that names all errors, or a yes; either with the warnings.
Decision Judged(const std::vector<Finding>& findings);

// Whether an object of that type is made or changed. One that is being deleted has to lose its
// finalizers, right or wrong, and so isn't.
bool IsWriteOf(const ResourceType& type, const AdmissionRequest& request);

// The response that `decide` comes to on an object of a kind, counted, and logged in one line. An
// exception is counted here and answered by the endpoint.
AdmissionResponse AnswerAndLog(const AdmissionRequest& request, const std::string& kind,
                               Metrics& metrics, const std::function<Decision()>& decide);

}  // namespace railhook

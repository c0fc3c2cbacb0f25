#pragma once
// Injection as an admission handler: which requests it is for, and what the answer says.

#include "multus/rail_index.h"
#include "webhook/admission/response.h"
#include "webhook/admission/review.h"
#include "webhook/inject/config.h"
#include "webhook/inject/inject.h"

namespace railhook {

// Only the creation of pods is railhook's business; anything else passes as it is. A patch is
// handed out only after it has been applied here and touched nothing but what the contract allows:
// one that doesn't apply would reject the pod even under failurePolicy Ignore.
struct PodAdmission {
  AdmissionResponse response;
  Injection injection;  // what the response was made from, for the log
};
PodAdmission AdmitPod(const AdmissionRequest& request, const RailIndex& index,
                      const InjectConfig& config);

// Applies and checks `patch` as said above.
Result<> CheckPatch(const Patch& patch, const nlohmann::json& pod);

}  // namespace railhook

#pragma once
// The answer: what an admission webhook says of one request (AdmissionReview of
// admission.k8s.io/v1).

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "webhook/admission/patch.h"
#include "webhook/admission/review.h"

namespace railhook {

struct AdmissionResponse {
  bool allowed = true;
  Patch patch;          // only where allowed
  std::string message;  // only where denied; reads well behind `admission webhook "..." denied the
                        // request: `
  std::vector<std::string> warnings;  // for people, each one line of at most kMaxWarning bytes
  std::map<std::string, std::string> audit_annotations;
};

// kubectl shows longer warnings cut, and the API server drops what is no clean text.
inline constexpr std::size_t kMaxWarning = 120;

AdmissionResponse Allowed();
AdmissionResponse Patched(Patch patch);
// HTTP 200 with status.code 403: an HTTP error would count as a webhook that can't be called.
AdmissionResponse Denied(std::string message);

// Decides on one request. Called from several threads at once; must not block.
using AdmissionHandler = std::function<AdmissionResponse(const AdmissionRequest&)>;

// The AdmissionReview that carries `response` to the request `uid`.
std::string ToReview(const AdmissionResponse& response, std::string_view uid);

}  // namespace railhook

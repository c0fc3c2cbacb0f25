#pragma once
// The answer: what an admission webhook says of one request (AdmissionReview of
// admission.k8s.io/v1).

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <variant>
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

// The server can't decide yet, or any more: HTTP 503, upon which the API server asks again within
// the same call.
struct TryAgain {
  std::string why;
  int seconds = 1;
};
using AdmissionDecision = std::variant<AdmissionResponse, TryAgain>;

// A decision that takes its time: `decide` may block for seconds.
struct LateAdmission {
  std::function<AdmissionDecision()> decide;
};
using AdmissionOutcome = std::variant<AdmissionResponse, TryAgain, LateAdmission>;

// Decides on one request. Called from several threads at once; must not block.
using AdmissionHandler = std::function<AdmissionOutcome(const AdmissionRequest&)>;

// The AdmissionReview that carries `response` to the request `uid`.
std::string ToReview(const AdmissionResponse& response, std::string_view uid);

}  // namespace railhook

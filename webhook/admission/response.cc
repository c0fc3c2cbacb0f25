#include "webhook/admission/response.h"

#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "tls/base64.h"

namespace railhook {
namespace {

// The API server drops a warning with control characters, also with those of two bytes (U+0080 to
// U+009F).
std::string WithoutControls(std::string text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    const auto second = static_cast<unsigned char>(text[i]);
    if (text[i - 1] == '\xC2' && second >= 0x80 && second < 0xA0) text.replace(i - 1, 2, "  ");
  }
  return text;
}

Json WarningList(const std::vector<std::string>& warnings) {
  Json list = Json::array();
  for (const std::string& warning : warnings)
    list.push_back(OneLine(WithoutControls(warning), kMaxWarning));
  return list;
}

}  // namespace

AdmissionResponse Allowed() { return {}; }

AdmissionResponse Patched(Patch patch) {
  AdmissionResponse response;
  response.patch = std::move(patch);
  return response;
}

AdmissionResponse Denied(std::string message) {
  AdmissionResponse response;
  response.allowed = false;
  response.message = std::move(message);
  return response;
}

std::string ToReview(const AdmissionResponse& response, std::string_view uid) {
  Json answer = {{"uid", uid}, {"allowed", response.allowed}};
  if (!response.allowed) {
    answer["status"] = {{"status", "Failure"},
                        {"code", 403},
                        {"reason", "Forbidden"},
                        {"message", response.message}};
  } else if (!response.patch.empty()) {
    answer["patchType"] = "JSONPatch";
    answer["patch"] = EncodeBase64(response.patch.ToJson());
  }
  if (!response.warnings.empty()) answer["warnings"] = WarningList(response.warnings);
  if (!response.audit_annotations.empty()) answer["auditAnnotations"] = response.audit_annotations;
  return Compact(Json{{"apiVersion", "admission.k8s.io/v1"},
                      {"kind", "AdmissionReview"},
                      {"response", std::move(answer)}});
}

}  // namespace railhook

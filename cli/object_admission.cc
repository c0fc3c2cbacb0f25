#include "cli/object_admission.h"

#include <chrono>
#include <utility>

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "k8sclient/object.h"

namespace railhook {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kMostLogged = 200;  // bytes of what an object's author wrote
constexpr std::size_t kMostSaid = 2000;   // bytes of a denial

std::string_view ResultOf(const AdmissionResponse& response) {
  if (!response.allowed) return "denied";
  return response.patch.empty() ? "allowed" : "defaulted";
}

void LogDecision(const AdmissionRequest& request, const std::string& kind, const Decision& decision,
                 long long microseconds) {
  const Json* metadata = Member(request.object.get(), "metadata");
  Log(LogLevel::kInfo, "admission of a " + kind,
      {{"uid", request.uid},
       {"namespace", request.name_space},
       {"name", OneLine(TextMember(metadata, "name"), kMostLogged)},
       {"operation", OneLine(request.operation, kMostLogged)},
       {"verdict", ResultOf(decision.response)},
       {"refusedOver", OneLine(decision.refused_over, kMostLogged)},
       {"microseconds", microseconds}});
}

}  // namespace

Decision Judged(const std::vector<Finding>& findings) {
  std::vector<std::string> errors, pointers, warnings;
  for (const Finding& finding : findings) {
    const bool error = finding.severity == Severity::kError;
    (error ? errors : warnings).push_back(finding.text);
    if (error) pointers.push_back(finding.pointer);
  }
  AdmissionResponse response =
      errors.empty() ? Allowed() : Denied(OneLine(Join(errors, "; "), kMostSaid));
  response.warnings = std::move(warnings);
  return {std::move(response), Join(pointers, ",")};
}

bool IsWriteOf(const ResourceType& type, const AdmissionRequest& request) {
  return request.group == type.group && request.resource == type.plural &&
         (request.operation == "CREATE" || request.operation == "UPDATE") &&
         request.sub_resource.empty() &&
         Member(Member(request.object.get(), "metadata"), "deletionTimestamp") == nullptr;
}

AdmissionResponse AnswerAndLog(const AdmissionRequest& request, const std::string& kind,
                               Metrics& metrics, const std::function<Decision()>& decide) {
  const auto start = SteadyClock::now();
  const auto seconds = [&] {
    return std::chrono::duration<double>(SteadyClock::now() - start).count();
  };
  try {
    Decision decision = decide();
    const double took = seconds();
    const bool allowed = decision.response.allowed;
    metrics.CountAdmission(ResultOf(decision.response), allowed ? 200 : 403, took);
    LogDecision(request, kind, decision, static_cast<long long>(took * 1e6));
    return std::move(decision.response);
  } catch (...) {
    metrics.CountAdmission("error", 403, seconds());
    throw;
  }
}

}  // namespace railhook

#include "cli/smc_handler.h"

#include <chrono>
#include <string>
#include <utility>

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "k8sclient/object.h"
#include "multus/smc_defaults.h"
#include "multus/smc_validation.h"

namespace railhook {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kMostLogged = 200;  // bytes of what an object's author wrote
constexpr std::size_t kMostSaid = 2000;   // bytes of a denial

// Anything else passes as it is. What is being deleted has to lose its finalizers, right or wrong.
bool IsToBeJudged(const AdmissionRequest& request) {
  const bool written = request.operation == "CREATE" || request.operation == "UPDATE";
  return written && request.group == "spiderpool.spidernet.io" &&
         request.resource == "spidermultusconfigs" && request.sub_resource.empty() &&
         Member(Member(request.object.get(), "metadata"), "deletionTimestamp") == nullptr;
}

AdmissionResponse Defaulted(const Json& object) {
  PatchBuilder builder(object);
  const Json wanted = WithDefaults(object);
  if (const Json* spec = Member(&wanted, "spec")) builder.Set({"spec"}, *spec);
  Patch patch = std::move(builder).Build();
  if (const auto tried = patch.TryOn(object); !tried)
    return Denied("railhook made a patch that it can't stand by (" + tried.error().message +
                  "): please report this");
  return Patched(std::move(patch));
}

std::vector<Finding> FindingsOn(const AdmissionRequest& request, const RailIndex& rails) {
  std::vector<Finding> findings = ValidateSpiderMultusConfig(*request.object);
  for (Finding& finding : ValidateChange(*request.old_object, *request.object))
    findings.push_back(std::move(finding));
  for (Finding& finding : FindClashes(*request.old_object, *request.object, rails))
    findings.push_back(std::move(finding));
  return findings;
}

AdmissionResponse Judged(const std::vector<Finding>& findings) {
  std::vector<std::string> errors, warnings;
  for (const Finding& finding : findings)
    (finding.severity == Severity::kError ? errors : warnings).push_back(finding.text);
  AdmissionResponse response =
      errors.empty() ? Allowed() : Denied(OneLine(Join(errors, "; "), kMostSaid));
  response.warnings = std::move(warnings);
  return response;
}

std::string_view ResultOf(const AdmissionResponse& response) {
  if (!response.allowed) return "denied";
  return response.patch.empty() ? "allowed" : "defaulted";
}

void LogDecision(const AdmissionRequest& request, const AdmissionResponse& response,
                 long long microseconds) {
  const Json* metadata = Member(request.object.get(), "metadata");
  Log(LogLevel::kInfo, "admission of a SpiderMultusConfig",
      {{"uid", request.uid},
       {"namespace", request.name_space},
       {"name", OneLine(TextMember(metadata, "name"), kMostLogged)},
       {"operation", OneLine(request.operation, kMostLogged)},
       {"verdict", ResultOf(response)},
       {"refusedOver", OneLine(response.message, kMostLogged)},
       {"microseconds", microseconds}});
}

AdmissionResponse Noted(const AdmissionRequest& request, AdmissionResponse response,
                        SteadyClock::time_point start, Metrics& metrics) {
  const std::chrono::duration<double> took = SteadyClock::now() - start;
  metrics.CountAdmission(ResultOf(response), response.allowed ? 200 : 403, took.count());
  LogDecision(request, response, static_cast<long long>(took.count() * 1e6));
  return response;
}

}  // namespace

AdmissionHandler MakeSmcDefaulter(Metrics& metrics) {
  return [&metrics](const AdmissionRequest& request) {
    const auto start = SteadyClock::now();
    return Noted(request, IsToBeJudged(request) ? Defaulted(*request.object) : Allowed(), start,
                 metrics);
  };
}

AdmissionHandler MakeSmcValidator(std::function<std::shared_ptr<const RailIndex>()> rails,
                                  Metrics& metrics) {
  return [&metrics, rails = std::move(rails)](const AdmissionRequest& request) -> AdmissionOutcome {
    const auto start = SteadyClock::now();
    if (!IsToBeJudged(request)) return Noted(request, Allowed(), start, metrics);
    const auto known = rails();
    if (known) return Noted(request, Judged(FindingsOn(request, *known)), start, metrics);
    metrics.CountAdmission("not_ready", 503, 0);
    return TryAgain{"railhook doesn't know the cluster's networks yet"};
  };
}

}  // namespace railhook

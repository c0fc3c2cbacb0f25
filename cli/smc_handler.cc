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

struct Decision {
  AdmissionResponse response;
  std::string refused_over;  // the fields that are wrong, for the log; their values aren't logged
};

// Anything else passes as it is. What is being deleted has to lose its finalizers, right or wrong.
bool IsToBeJudged(const AdmissionRequest& request) {
  const bool written = request.operation == "CREATE" || request.operation == "UPDATE";
  return written && request.group == "spiderpool.spidernet.io" &&
         request.resource == "spidermultusconfigs" && request.sub_resource.empty() &&
         Member(Member(request.object.get(), "metadata"), "deletionTimestamp") == nullptr;
}

// Only what is missing is copied: objects may be large.
void SetMissing(const Json& before, const Json& after, JsonPath& path, PatchBuilder& builder) {
  if (!before.is_object() || !after.is_object()) return;
  for (const auto& [name, value] : after.items()) {
    path.push_back(name);
    if (const Json* there = Member(&before, name))
      SetMissing(*there, value, path, builder);
    else if (!value.is_null())
      builder.Set(path, value);
    path.pop_back();
  }
}

Decision Defaulted(const Json& object) {
  PatchBuilder builder(object);
  JsonPath path;
  SetMissing(object, WithDefaults(object), path, builder);
  Patch patch = std::move(builder).Build();
  if (const auto tried = patch.TryOn(object); !tried)
    return {Denied("railhook made a patch that it can't stand by (" + tried.error().message +
                   "): please report this"),
            "patch"};
  return {Patched(std::move(patch)), ""};
}

std::vector<Finding> FindingsOn(const AdmissionRequest& request, const RailIndex& rails) {
  std::vector<Finding> findings = ValidateSpiderMultusConfig(*request.object);
  for (Finding& finding : ValidateChange(*request.old_object, *request.object))
    findings.push_back(std::move(finding));
  for (Finding& finding : FindClashes(*request.old_object, *request.object, rails))
    findings.push_back(std::move(finding));
  return findings;
}

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

std::string_view ResultOf(const AdmissionResponse& response) {
  if (!response.allowed) return "denied";
  return response.patch.empty() ? "allowed" : "defaulted";
}

void LogDecision(const AdmissionRequest& request, const Decision& decision,
                 long long microseconds) {
  const Json* metadata = Member(request.object.get(), "metadata");
  Log(LogLevel::kInfo, "admission of a SpiderMultusConfig",
      {{"uid", request.uid},
       {"namespace", request.name_space},
       {"name", OneLine(TextMember(metadata, "name"), kMostLogged)},
       {"operation", OneLine(request.operation, kMostLogged)},
       {"verdict", ResultOf(decision.response)},
       {"refusedOver", OneLine(decision.refused_over, kMostLogged)},
       {"microseconds", microseconds}});
}

// The response that `decide` comes to. A failure is counted here and answered by the endpoint.
template <typename Decide>
AdmissionResponse Answer(const AdmissionRequest& request, Metrics& metrics, const Decide& decide) {
  const auto start = SteadyClock::now();
  const auto seconds = [&] {
    return std::chrono::duration<double>(SteadyClock::now() - start).count();
  };
  try {
    Decision decision = IsToBeJudged(request) ? decide() : Decision();
    const double took = seconds();
    const bool allowed = decision.response.allowed;
    metrics.CountAdmission(ResultOf(decision.response), allowed ? 200 : 403, took);
    LogDecision(request, decision, static_cast<long long>(took * 1e6));
    return std::move(decision.response);
  } catch (...) {
    metrics.CountAdmission("error", 403, seconds());
    throw;
  }
}

}  // namespace

AdmissionHandler MakeSmcDefaulter(Metrics& metrics) {
  return [&metrics](const AdmissionRequest& request) {
    return Answer(request, metrics, [&] { return Defaulted(*request.object); });
  };
}

AdmissionHandler MakeSmcValidator(std::function<std::shared_ptr<const RailIndex>()> rails,
                                  Metrics& metrics) {
  return [&metrics, rails = std::move(rails)](const AdmissionRequest& request) -> AdmissionOutcome {
    const auto known = rails();
    if (known) return Answer(request, metrics, [&] { return Judged(FindingsOn(request, *known)); });
    metrics.CountAdmission("not_ready", 503, 0);
    return TryAgain{"railhook doesn't know the cluster's networks yet"};
  };
}

}  // namespace railhook

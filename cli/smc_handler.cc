#include "cli/smc_handler.h"

#include <string>
#include <utility>

#include "base/json.h"
#include "cli/object_admission.h"
#include "k8sclient/object.h"
#include "k8sclient/resource_type.h"
#include "multus/smc_defaults.h"
#include "multus/smc_validation.h"

namespace railhook {
namespace {

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

// Anything else than a SpiderMultusConfig passes as it is.
template <typename Decide>
AdmissionResponse Answer(const AdmissionRequest& request, Metrics& metrics, const Decide& decide) {
  const bool judged = IsWriteOf(kSpiderMultusConfigs, request);
  return AnswerAndLog(request, "SpiderMultusConfig", metrics,
                      [&] { return judged ? decide() : Decision(); });
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

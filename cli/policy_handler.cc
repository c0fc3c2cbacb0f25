#include "cli/policy_handler.h"

#include <string>
#include <utility>

#include "base/json.h"
#include "cli/object_admission.h"
#include "k8sclient/resource_type.h"
#include "policy/merge.h"
#include "policy/pool_config.h"

namespace railhook {
namespace {

std::vector<Finding> FindingsOn(const Json& object, const std::vector<NodePolicy>& others) {
  std::vector<Finding> findings = ValidateNodePolicy(object);
  const auto policy = ReadNodePolicy(object);
  if (!policy) return findings;
  for (std::string& text : Contradictions(*policy, others))
    findings.push_back({Severity::kError, "/spec", std::move(text)});
  return findings;
}

}  // namespace

AdmissionHandler MakePolicyValidator(
    std::function<std::optional<std::vector<NodePolicy>>()> policies, Metrics& metrics) {
  return [&metrics,
          policies = std::move(policies)](const AdmissionRequest& request) -> AdmissionOutcome {
    if (IsWriteOf(kSriovNetworkPoolConfigs, request))
      return AnswerAndLog(request, "SriovNetworkPoolConfig", metrics,
                          [&] { return Judged(ValidatePoolConfig(*request.object)); });
    const bool judged = IsWriteOf(kSriovNetworkNodePolicies, request);
    const auto others = judged ? policies() : std::vector<NodePolicy>();
    if (others)
      return AnswerAndLog(request, "SriovNetworkNodePolicy", metrics, [&] {
        return judged ? Judged(FindingsOn(*request.object, *others)) : Decision();
      });
    metrics.CountAdmission("not_ready", 503, 0);
    return TryAgain{"railhook doesn't know the cluster's SriovNetworkNodePolicies yet"};
  };
}

}  // namespace railhook

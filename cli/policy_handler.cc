#include "cli/policy_handler.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "base/json.h"
#include "cli/object_admission.h"
#include "k8sclient/resource_type.h"
#include "policy/merge.h"
#include "policy/pool_config.h"

namespace railhook {
namespace {

template <typename T>
std::vector<Finding> With(std::vector<Finding> findings, const Result<T>& read,
                          const std::vector<T>& others) {
  if (read) std::ranges::move(Contradictions(*read, others), std::back_inserter(findings));
  return findings;
}

Decision JudgedPolicy(const Json& policy, const SriovObjects& known) {
  return Judged(With(ValidateNodePolicy(policy), ReadNodePolicy(policy), known.policies));
}

Decision JudgedPool(const Json& pool, const SriovObjects& known) {
  return Judged(With(ValidatePoolConfig(pool), ReadPoolConfig(pool), known.pools));
}

}  // namespace

AdmissionHandler MakePolicyValidator(std::function<std::optional<SriovObjects>()> known,
                                     Metrics& metrics) {
  return [&metrics, known = std::move(known)](const AdmissionRequest& request) -> AdmissionOutcome {
    const bool is_pool = IsWriteOf(kSriovNetworkPoolConfigs, request);
    const bool is_policy = IsWriteOf(kSriovNetworkNodePolicies, request);
    const auto now = is_pool || is_policy ? known() : SriovObjects();
    if (!now) {
      metrics.CountAdmission("not_ready", 503, 0);
      return TryAgain{
          "railhook doesn't know the cluster's SriovNetworkNodePolicies and "
          "SriovNetworkPoolConfigs yet"};
    }
    return AnswerAndLog(request, is_pool ? "SriovNetworkPoolConfig" : "SriovNetworkNodePolicy",
                        metrics, [&] {
                          if (is_pool) return JudgedPool(*request.object, *now);
                          return is_policy ? JudgedPolicy(*request.object, *now) : Decision();
                        });
  };
}

}  // namespace railhook

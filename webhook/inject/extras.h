#pragma once
// What pods of a class get beyond the rails: capabilities, /dev/shm, environment, node selector.

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "multus/rail.h"
#include "webhook/admission/patch.h"
#include "webhook/inject/config.h"
#include "webhook/inject/pod.h"
#include "webhook/inject/rail_request.h"

namespace railhook {

// Adds to `patch` what the classes of the request give to `target` and lack there; what the pod
// says itself stays. Warnings tell where two classes disagree. kInvalid, with a message for the
// pod's author, where the rails' node selectors contradict each other or the pod's.
Result<std::vector<std::string>> AddExtras(const nlohmann::json& pod, const RailRequest& request,
                                           const std::vector<const Rail*>& rails,
                                           const Container& target, const InjectConfig& config,
                                           PatchBuilder& patch);

}  // namespace railhook

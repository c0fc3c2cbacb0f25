#pragma once
// What railhook does with a pod: (pod, namespace, rails, configuration) -> patch. Pure: no I/O, no
// clock, no threads, and the same answer to the same question on every replica.

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "multus/rail_index.h"
#include "webhook/admission/patch.h"
#include "webhook/inject/config.h"
#include "webhook/inject/rail_request.h"
#include "webhook/inject/resources.h"

namespace railhook {

enum class Verdict {
  kSkipped,   // asks for nothing, or must not get it: the pod stays as it is
  kInjected,  // gets its rails; the patch is empty where it has them already
  kDenied,
};

// Why a pod is skipped.
enum class SkipReason {
  kNone,  // it isn't
  kMirrorPod,
  kDoesNotAsk,
  kOptsOut,
  kNoGpu,  // its namespace lets only pods with GPUs inherit
  kDisabled,
  kNamespaceLeftOut,
  kHostNetwork,
  kNoContainers,
};

struct Injection {
  Verdict verdict = Verdict::kSkipped;
  SkipReason skipped = SkipReason::kNone;
  Patch patch;
  std::string message;                 // why it is denied; may quote the pod
  std::string_view refused_over;       // the same in a word, for logs: pod, rails, networks, ...
  bool unknown_class = false;          // denied over a class that the index doesn't know
  std::vector<std::string> warnings;   // for people, one line each
  std::optional<RailRequest> request;  // what was asked for, where anything was
  std::vector<std::string> rails;      // "namespace/name" of each rail given, in order
  ResourceCounts needs;                // units of each resource that the pod's networks take
  std::string container;               // that gets what is missing
  std::string_view container_reason;   // why that one, as Target says it
};

// `pod_namespace` is the request's: the pod's own field may be empty.
Injection Inject(const nlohmann::json& pod, std::string_view pod_namespace, const RailIndex& index,
                 const InjectConfig& config);

// Whether an API server would not even call railhook for such a pod: it asks by its namespace's
// annotation alone, and the namespace lacks the label railhook.io/inherit.
bool LacksInheritLabel(const Injection& injection, std::string_view pod_namespace,
                       const RailIndex& index, const InjectConfig& config);

}  // namespace railhook

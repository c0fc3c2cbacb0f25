#pragma once
// What a pod needs of the node that it runs on.

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "explain/node.h"

namespace railhook {

struct Toleration {
  std::string key;  // "": of every taint
  bool exists = false;
  std::string value;   // where not `exists`
  std::string effect;  // "": all

  bool Tolerates(const Taint& taint) const;
};

struct PodNeeds {
  ResourceAmounts requests;  // without zeros; "pods" is 1
  std::string node_name;     // the only node that it may run on, or ""
  StringMap node_selector;
  std::vector<Toleration> tolerations;
  std::vector<std::string> not_judged;  // what else narrows the choice: "affinity", ...

  bool Tolerates(const Taint& taint) const;
};

// What a pod takes of a node, as the scheduler counts it: containers side by side, init containers
// one after the other, sidecars beside both, overhead on top. A limit without a request counts as
// one. kInvalid names container, resource and value.
Result<ResourceAmounts> ReadRequests(const nlohmann::json& pod);

// The same with all else that decides.
Result<PodNeeds> ReadPodNeeds(const nlohmann::json& pod);

}  // namespace railhook

#pragma once
// Why a pod gets its rails, or doesn't: what injection decides, and what led there. Pure.

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "multus/rail_index.h"
#include "webhook/inject/config.h"
#include "webhook/inject/inject.h"

namespace railhook {

// One network that the pod ends up with.
struct Attachment {
  std::string interface;  // in the pod: "net1"
  std::string network;    // "namespace/name"
  const Rail* rail;       // null where railhook doesn't know the network
  bool given;             // by railhook; else the pod's own
};

// A rail of a class that was asked for, and that the pod doesn't get.
struct MissingRail {
  const Rail* rail;
  std::string left_out;               // why it is none of this pod's, or ""
  std::vector<std::string> problems;  // why it can't be used; none: the pod is refused otherwise
};

// How many units of a resource the pod's networks take.
struct UnitCount {
  std::string resource;
  std::int64_t needed = 0;
  std::int64_t asked = 0;   // by the pod itself
  std::size_t sharing = 0;  // networks that share a unit
};

// What becomes of a pod in a cluster, where the API server must call railhook first.
enum class Outcome { kRails, kNone, kRefused };

struct Explanation {
  Injection injection;
  Outcome outcome = Outcome::kNone;
  std::string why_none;  // of kNone: the rest of a sentence
  std::vector<Attachment> attachments;
  std::vector<MissingRail> missing;
  std::vector<UnitCount> units;
  std::vector<std::string> extras;         // "capability IPC_LOCK", "variable NCCL_DEBUG", ...
  std::vector<std::string> unknown_pools;  // "gpu1-net11 of spiderpool/gpu1-sriov"
  std::vector<std::string>
      classes;  // that it could ask for with the rdma key, where it asks for none
};

// The pointers live as long as the index.
Explanation Explain(const nlohmann::json& pod, std::string_view pod_namespace,
                    const RailIndex& index, const InjectConfig& config);

}  // namespace railhook

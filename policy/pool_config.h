#pragma once
// SriovNetworkPoolConfig (sriovnetwork.openshift.io/v1): how many nodes of a pool may change at a
// time, and how RDMA devices and network namespaces go together there.

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "k8sclient/finding.h"
#include "k8sclient/object.h"
#include "policy/label_selector.h"

namespace railhook {

// Whether an RDMA device is seen in every network namespace, or in one alone.
enum class RdmaMode { kShared, kExclusive };
std::string_view TextOf(RdmaMode mode);  // "shared", "exclusive"

struct PoolConfig {
  std::string name_space;
  std::string name;
  std::optional<LabelSelector> nodes;  // none: all
  std::string max_unavailable;         // "2" (0: none ever), "50%", or "" for as many as there are
  std::optional<RdmaMode> rdma_mode;   // none: leave it

  // How many of `pool_size` nodes may be unavailable at once, as max_unavailable says; percentages
  // are rounded down, but never below 1.
  int MaxUnavailable(int pool_size) const;

  bool operator==(const PoolConfig&) const = default;
};

// All that is wrong with an object by itself; what this program doesn't do (hardware offload of
// Open vSwitch) is an error too. Takes any JSON.
std::vector<Finding> ValidatePoolConfig(const nlohmann::json& object);

// kInvalid is the first error of ValidatePoolConfig.
Result<PoolConfig> ReadPoolConfig(const nlohmann::json& object);

// Where `pool` and `others` of its namespace choose the same nodes, as far as it can be seen
// without a node: an error where all nodes of one are in the other, a warning where nodes with
// certain labels would be in both. Itself may be among `others`.
std::vector<Finding> Contradictions(const PoolConfig& pool, const std::vector<PoolConfig>& others);

// The pool of a node; null where it is in none. kInvalid names both where it is in two.
Result<const PoolConfig*> PoolOf(const StringMap& node_labels,
                                 const std::vector<PoolConfig>& pools);

}  // namespace railhook

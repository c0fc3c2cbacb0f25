#pragma once
// What the cluster wants of a node's VFs. Pure.

#include <optional>
#include <string>
#include <vector>

#include "policy/merge.h"
#include "vfmanager/cluster_view.h"
#include "vfmanager/host_state.h"

namespace railhook {

struct WantedNode {
  DesiredNode desired;
  std::optional<PoolConfig> pool;  // none: the node is in no pool
  // For people: policies of this node that can't be read, two pools.
  std::vector<std::string> problems;
  std::vector<std::string> unreadable;  // policies that may choose this node, by name
  // Whether all that chooses this node could be read; where not, a VF that nobody seems to want may
  // well be wanted.
  bool complete = true;

  bool operator==(const WantedNode&) const = default;
};

WantedNode WantedOf(const ClusterPicture& picture, const HostState& host);

// The policies that choose this node, and its pool, as a JSON List for `apply --from` when the node
// starts: without their selectors of nodes, as nobody knows the node's labels then.
std::string TextOfPolicies(const ClusterPicture& picture, const WantedNode& wanted);

}  // namespace railhook

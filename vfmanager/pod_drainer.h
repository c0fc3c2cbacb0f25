#pragma once
// What a drain does in the cluster: finds the pods that hold VFs, takes a slot, evicts.

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "k8sclient/client.h"
#include "policy/pool_config.h"
#include "vfmanager/drain.h"
#include "vfmanager/drain_slots.h"

namespace railhook {

// Not thread-safe.
class PodDrainer {
 public:
  // `client` must outlive it.
  PodDrainer(const KubeClient& client, const std::string& name_space, std::string node);

  // All pods of the node.
  Result<std::vector<NodePod>> Pods() const;

  // Whether the node has a slot. Asked only where it may have one, as listing Leases costs the
  // server something: after a start, after taking one, and while `cordoned`.
  Result<bool> HasSlot(bool cordoned);

  // Tries to get a slot of the node's pool, or of the nodes in none, of which one may be
  // unavailable. "" where it has one now, else who holds them.
  Result<std::string> TakeSlot(const std::optional<PoolConfig>& pool);
  Result<> GiveSlot();

  // Asks those to leave that can and haven't been asked, and gives what keeps each that is still
  // there: "team/a (429 ...)".
  Result<std::vector<std::string>> Evict(const std::vector<NodePod>& pods);

  long evictions() const { return evictions_; }

 private:
  Result<int> SizeOf(const PoolConfig& pool) const;
  Result<std::string> EvictOne(const NodePod& pod);

  const KubeClient& client_;
  const std::string node_;
  DrainSlots slots_;
  bool may_have_slot_ = true;
  long evictions_ = 0;
};

}  // namespace railhook

#pragma once
// All that the agent sees in one look, and what it has to remember from one to the next.

#include <set>
#include <string>
#include <vector>

#include "vfmanager/agent_step.h"
#include "vfmanager/cluster_view.h"
#include "vfmanager/host_state.h"
#include "vfmanager/node_report.h"
#include "vfmanager/plan.h"
#include "vfmanager/plan_parts.h"
#include "vfmanager/wanted.h"

namespace railhook {

struct NodeLook {
  ClusterPicture cluster;
  HostState host;
  WantedNode wanted;
  Result<std::optional<DeviceAllocations>> allocations;  // as kubelet has them on record
  Plan plan;
  PlanParts parts;
  std::set<std::string> left_alone;  // VFs that somebody else may be about to bind, by address
  bool has_slot = false;
  std::string conflict;  // who else manages the VFs; "" where nobody does
  std::string failed;    // why the host couldn't be looked at; "" where it could
};

// What the last moves left behind.
struct AgentMemory {
  std::vector<std::string> failures;  // of the last apply
  int tries = 0;                      // of what is still left
  std::string failed_move;  // in the cluster: which, and why; "" where the last one didn't
  std::string reboot;       // why one is needed
  std::string slots_held_by;
  std::vector<std::string> waited;  // pods that were still there
};

// Who else manages the node's VFs, for people; "" where nobody does.
std::string ConflictIn(const ClusterPicture& cluster);

// The steps that may be tried now: with `due` all that are free, without none; what needs a reboot
// only once.
AgentView ViewOf(const NodeLook& look, const AgentMemory& memory, bool due);
Plan FreePlan(const NodeLook& look, const AgentMemory& memory);

Situation SituationOf(const NodeLook& look, const AgentMemory& memory);

}  // namespace railhook

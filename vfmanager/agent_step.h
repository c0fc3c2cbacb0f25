#pragma once
// What the agent does next: pure, from what it sees of the host and the cluster. It remembers no
// other state, so an agent that was killed goes on where it was.

namespace railhook {

enum class AgentMove {
  kObserve,   // nothing may be changed here
  kApply,     // the steps of the plan that take no VF away from a pod
  kTakeSlot,  // of those that let only so many nodes of a pool drain at a time
  kCordon,
  kEvict,  // the pods that hold VFs which are to vanish, and wait
  kUncordon,
  kGiveSlot,
  kRest,  // until something changes, or what failed is due again
};

struct AgentView {
  bool known = true;        // what is wanted of this node, and the node itself
  bool conflict = false;    // somebody else manages this node's VFs
  bool free_steps = false;  // steps that take no VF away from a pod, due to be tried
  bool held_steps = false;  // steps that wait for pods to leave
  bool unfinished = false;  // steps of any kind are left, due or not
  bool has_slot = false;
  bool cordoned = false;  // the node takes no new pods
  bool ours = false;      // the agent cordoned it
};

// A slot and the agent's own cordon are kept until nothing is left to be done: so a change that
// fails on one node evicts nobody there twice, and doesn't reach the next node. A cordon of an
// administrator's serves as well as one of the agent's own, and stays.
AgentMove NextMove(const AgentView& view);

}  // namespace railhook

#include "vfmanager/node_look.h"

#include <algorithm>

#include "base/text.h"

namespace railhook {
namespace {

std::vector<std::string> TextsOfHolders(const PlanParts& parts) {
  std::vector<std::string> holders;
  for (const HeldPf& pf : parts.held)
    if (pf.holders.empty()) holders.push_back("pods that can't be listed now, on " + pf.name);
  for (const NodePod& pod : AllHolders(parts)) holders.push_back(pod.Id());
  return holders;
}

// What is done without a complaint and still isn't as it should be. The same words at each try:
// others would be a new Event.
std::string Vain(const NodeLook& look, const AgentMemory& memory) {
  constexpr int kEnough = 3;
  if (memory.tries < kEnough || !memory.failures.empty()) return "";
  for (const PfPlan& pf : look.parts.free.pfs) {
    if (!pf.steps.empty())
      return Or(pf.name, pf.address) +
             ": tried again and again without an error, there is still something to do: " +
             pf.steps.front().reason;
  }
  return "";
}

DrainProgress DrainOf(const NodeLook& look, const AgentMemory& memory, bool unfinished) {
  using Stage = DrainProgress::Stage;
  DrainProgress drain;
  if (!look.parts.held.empty()) {
    drain.stage = look.has_slot ? Stage::kDraining : Stage::kWaitsForSlot;
    drain.slots_held_by = Or(memory.slots_held_by, "not known yet");
    drain.waited = memory.waited;
    if (drain.waited.empty()) drain.waited = TextsOfHolders(look.parts);
  } else if (unfinished && (look.has_slot || look.cluster.node.cordoned_by_us)) {
    drain.stage = Stage::kDrained;
  }
  return drain;
}

void AddTo(std::vector<std::string>& all, const std::vector<std::string>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

}  // namespace

std::string ConflictIn(const ClusterPicture& cluster) {
  if (!cluster.foreign_daemons.empty()) {
    return "sriov-network-operator runs here (pod " + Join(cluster.foreign_daemons, ", ") +
           "), so nothing is changed: remove it, or start railhook-vfmanager with --take-over";
  }
  if (cluster.state && cluster.state->has_spec) {
    return "this SriovNetworkNodeState has a spec, which sriov-network-operator keeps, so nothing "
           "is "
           "changed: delete the object once that operator is gone, or start railhook-vfmanager "
           "with --take-over";
  }
  return "";
}

Plan FreePlan(const NodeLook& look, const AgentMemory& memory) {
  Plan plan = look.parts.free;
  if (!memory.reboot.empty()) plan.rdma_mode.reset();
  return plan;
}

AgentView ViewOf(const NodeLook& look, const AgentMemory& memory, bool due) {
  const bool free = !FreePlan(look, memory).nothing_to_do();
  AgentView view;
  view.known = look.cluster.unknown.empty() && look.failed.empty();
  view.conflict = !look.conflict.empty();
  view.free_steps = free && due;
  view.held_steps = !look.parts.held.empty();
  view.unfinished = free || view.held_steps;
  view.has_slot = look.has_slot;
  view.cordoned = look.cluster.node.unschedulable;
  view.ours = look.cluster.node.cordoned_by_us;
  return view;
}

Situation SituationOf(const NodeLook& look, const AgentMemory& memory) {
  Situation situation;
  situation.unknown = look.cluster.unknown;
  situation.conflict = look.conflict;
  if (!situation.conflict.empty()) return situation;
  situation.unfinished = ViewOf(look, memory, true).unfinished;
  situation.problems = look.wanted.problems;
  AddTo(situation.problems, ProblemsOf(look.plan));
  if (situation.unfinished) AddTo(situation.failures, memory.failures);
  for (const std::string& failed : {look.failed, memory.failed_move, Vain(look, memory)})
    if (!failed.empty()) situation.failures.push_back(failed);
  situation.reboot = memory.reboot;
  situation.drain = DrainOf(look, memory, situation.unfinished);
  return situation;
}

}  // namespace railhook

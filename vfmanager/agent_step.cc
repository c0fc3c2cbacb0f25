#include "vfmanager/agent_step.h"

namespace railhook {
namespace {

AgentMove Drain(const AgentView& view) {
  if (!view.has_slot) return AgentMove::kTakeSlot;
  return view.cordoned ? AgentMove::kEvict : AgentMove::kCordon;
}

// The slot last: whoever takes it next must not find two nodes cordoned.
AgentMove EndDrain(const AgentView& view, AgentMove then) {
  if (view.ours) return AgentMove::kUncordon;
  return view.has_slot ? AgentMove::kGiveSlot : then;
}

}  // namespace

AgentMove NextMove(const AgentView& view) {
  if (!view.known) return AgentMove::kObserve;
  if (view.conflict) return EndDrain(view, AgentMove::kObserve);
  if (view.ours && !view.cordoned) return AgentMove::kUncordon;  // somebody has: it is no more ours
  if (view.free_steps) return AgentMove::kApply;
  if (view.held_steps) return Drain(view);
  return view.unfinished ? AgentMove::kRest : EndDrain(view, AgentMove::kRest);
}

}  // namespace railhook

#include "vfmanager/agent_step.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <compare>
#include <map>
#include <set>
#include <vector>

namespace railhook {
namespace {

// A node, the cluster around it and somebody who does what they like, small enough to try every
// order of events.
struct World {
  bool wanted = false;  // the policies want other VFs than there are
  bool changed = false;
  bool pod = true;  // holds a VF that would vanish
  bool unschedulable = false;
  bool ours = false;  // annotated so
  bool slot = false;
  bool others_have_all = false;
  bool fails = false;  // the last try to change the VFs did, and another isn't due
  bool conflict = false;

  bool left() const { return wanted != changed; }
  auto operator<=>(const World&) const = default;
};

AgentMove MoveIn(const World& world) {
  AgentView view;
  view.conflict = world.conflict;
  view.unfinished = world.left();
  view.held_steps = world.left() && world.pod;
  view.free_steps = world.left() && !world.pod && !world.fails;
  view.has_slot = world.slot;
  view.cordoned = world.unschedulable;
  view.ours = world.ours;
  return NextMove(view);
}

void Cordon(World& world, bool ours) {
  world.unschedulable = true;
  world.ours = ours;
}

// The world after the agent's move, where nothing gets in its way.
World After(World world, AgentMove move) {
  switch (move) {
    case AgentMove::kApply:
      world.changed = world.wanted;
      break;
    case AgentMove::kTakeSlot:
      world.slot = !world.others_have_all;
      break;
    case AgentMove::kCordon:
      Cordon(world, true);
      break;
    case AgentMove::kEvict:
      world.pod = false;
      break;
    case AgentMove::kUncordon:
      world.unschedulable = world.ours = false;
      break;
    case AgentMove::kGiveSlot:
      world.slot = false;
      break;
    case AgentMove::kObserve:
    case AgentMove::kRest:
      break;
  }
  return world;
}

// What others may do. A move of the agent's that fails, or that it is killed before, changes
// nothing; so does one after which it is killed, as it remembers nothing.
std::vector<World> WhatMayHappen(const World& world) {
  std::vector<World> next;
  const auto add = [&](auto change) {
    next.push_back(world);
    change(next.back());
  };
  add([](World& w) { w.wanted = !w.wanted; });
  add([](World& w) { w.others_have_all = !w.others_have_all && !w.slot; });
  add([](World& w) { w.fails = !w.fails; });
  add([](World& w) { w.conflict = !w.conflict; });
  add([](World& w) { w.pod = w.pod ? false : !w.unschedulable; });
  add([](World& w) { w.unschedulable = !w.unschedulable; });
  return next;
}

std::set<World> AllWorlds() {
  std::set<World> seen{World{}};
  std::vector<World> waiting{World{}};
  while (!waiting.empty()) {
    const World world = waiting.back();
    waiting.pop_back();
    auto next = WhatMayHappen(world);
    next.push_back(After(world, MoveIn(world)));
    for (const World& one : next)
      if (seen.insert(one).second) waiting.push_back(one);
  }
  return seen;
}

TEST_CASE("in every order of events pods lose no VF, and nobody is evicted from an open node") {
  const auto worlds = AllWorlds();
  CHECK(worlds.size() > 200);
  for (const World& world : worlds) {
    const AgentMove move = MoveIn(world);
    if (move == AgentMove::kApply) CHECK_FALSE(world.pod);
    if (move == AgentMove::kEvict) CHECK((world.slot && world.unschedulable && world.pod));
    if (move == AgentMove::kCordon) CHECK((world.slot && !world.unschedulable));
    if (world.conflict)
      CHECK((move == AgentMove::kObserve || move == AgentMove::kUncordon ||
             move == AgentMove::kGiveSlot));
  }
}

TEST_CASE("an administrator's cordon is never undone") {
  for (const World& world : AllWorlds()) {
    const bool theirs = world.unschedulable && !world.ours;
    if (theirs) CHECK(After(world, MoveIn(world)).unschedulable);
  }
}

// From wherever it stands, once nothing gets in the way any more.
World InTheEnd(World world) {
  world.fails = world.others_have_all = false;
  for (int moves = 0; moves < 10; ++moves) world = After(world, MoveIn(world));
  return world;
}

TEST_CASE("from every state it comes to rest, with nothing of its own left behind") {
  for (const World& world : AllWorlds()) {
    const World end = InTheEnd(world);
    CHECK(end == After(end, MoveIn(end)));
    CHECK_FALSE(end.slot);
    CHECK_FALSE(end.ours);
    CHECK((end.conflict || !end.left()));
  }
}

TEST_CASE("a change that fails keeps its slot and its cordon, and evicts nobody again") {
  World world;
  world.wanted = world.slot = world.fails = true;
  world.pod = false;
  Cordon(world, true);
  CHECK(MoveIn(world) == AgentMove::kRest);
  world.wanted = false;  // taken back
  CHECK(MoveIn(world) == AgentMove::kUncordon);
}

TEST_CASE("a cordon of its own that somebody undid is forgotten, so that their next one stays") {
  World world;
  world.wanted = world.slot = world.fails = true;
  world.pod = false;
  world.ours = true;
  CHECK_FALSE(After(world, MoveIn(world)).ours);
}

TEST_CASE("what nobody holds needs neither slot nor cordon") {
  World world;
  world.wanted = true;
  world.pod = false;
  CHECK(MoveIn(world) == AgentMove::kApply);
  world.changed = true;
  CHECK(MoveIn(world) == AgentMove::kRest);
}

TEST_CASE("while it isn't known what is wanted, nothing changes") {
  AgentView view;
  view.known = false;
  view.free_steps = view.held_steps = view.has_slot = view.ours = view.cordoned = true;
  CHECK(NextMove(view) == AgentMove::kObserve);
}

}  // namespace
}  // namespace railhook

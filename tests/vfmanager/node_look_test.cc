#include "vfmanager/node_look.h"

#include <doctest/doctest.h>

namespace railhook {
namespace {

PfPlan PfWithSteps(const std::string& name) {
  return {"0000:01:00.0", name, {{StepKind::kCreateVfs, -1, "4", "there are none"}}, {}, {}, {}};
}

NodeLook LookWith(bool free, bool held) {
  NodeLook look;
  if (free) look.parts.free.pfs = {PfWithSteps("ens1")};
  if (held) look.parts.held = {{"ens2", {}}};
  look.plan = look.parts.free;
  return look;
}

TEST_CASE("what is seen makes the agent's next move") {
  CHECK(NextMove(ViewOf(LookWith(false, false), {}, true)) == AgentMove::kRest);
  CHECK(NextMove(ViewOf(LookWith(true, true), {}, true)) == AgentMove::kApply);
  CHECK(NextMove(ViewOf(LookWith(true, false), {}, false)) == AgentMove::kRest);
  CHECK(NextMove(ViewOf(LookWith(true, true), {}, false)) == AgentMove::kTakeSlot);
  NodeLook look = LookWith(true, true);
  look.failed = "sysfs is away";
  CHECK(NextMove(ViewOf(look, {}, true)) == AgentMove::kObserve);
  look = LookWith(true, true);
  look.cluster.unknown = "not read yet";
  CHECK(NextMove(ViewOf(look, {}, true)) == AgentMove::kObserve);
  look = LookWith(true, true);
  look.conflict = "others";
  CHECK(NextMove(ViewOf(look, {}, true)) == AgentMove::kObserve);
}

TEST_CASE("an RDMA mode that needs a reboot isn't tried again, and is told") {
  NodeLook look = LookWith(false, false);
  look.parts.free.rdma_mode = RdmaMode::kExclusive;
  CHECK(NextMove(ViewOf(look, {}, true)) == AgentMove::kApply);
  AgentMemory memory;
  memory.reboot = "EBUSY";
  CHECK(NextMove(ViewOf(look, memory, true)) == AgentMove::kRest);
  CHECK_FALSE(FreePlan(look, memory).rdma_mode);
  CHECK(SituationOf(look, memory).reboot == "EBUSY");
}

TEST_CASE("another operator is found by its daemon and by the spec that it keeps") {
  ClusterPicture cluster;
  CHECK(ConflictIn(cluster) == "");
  cluster.state = KnownNodeState{};
  CHECK(ConflictIn(cluster) == "");
  cluster.state->has_spec = true;
  CHECK(ConflictIn(cluster).find("has a spec") != std::string::npos);
  cluster.foreign_daemons = {"sriov/daemon-x"};
  CHECK(ConflictIn(cluster).find("pod sriov/daemon-x") != std::string::npos);
}

TEST_CASE("in a conflict nothing else is told") {
  NodeLook look = LookWith(true, true);
  look.conflict = "others";
  look.wanted.problems = {"odd"};
  const Situation situation = SituationOf(look, {});
  CHECK(situation.conflict == "others");
  CHECK(situation.problems.empty());
  CHECK_FALSE(situation.unfinished);
}

TEST_CASE("a failure is told as long as it is left, a move that failed always") {
  AgentMemory memory;
  memory.failures = {"EIO"};
  CHECK(SituationOf(LookWith(true, false), memory).failures == std::vector<std::string>{"EIO"});
  CHECK(SituationOf(LookWith(false, false), memory).failures.empty());
  memory.failed_move = "cordoning the node: 403";
  CHECK(SituationOf(LookWith(false, false), memory).failures ==
        std::vector<std::string>{"cordoning the node: 403"});
}

TEST_CASE("tries that fail without a complaint are told after the third") {
  AgentMemory memory;
  memory.tries = 2;
  CHECK(SituationOf(LookWith(true, false), memory).failures.empty());
  memory.tries = 3;
  const auto told = SituationOf(LookWith(true, false), memory).failures;
  CHECK(told ==
        std::vector<std::string>{"ens1: tried again and again without an error, there is still "
                                 "something to do: there are none"});
  memory.tries = 4;
  CHECK(SituationOf(LookWith(true, false), memory).failures == told);
}

TEST_CASE("a drain is told stage by stage") {
  using Stage = DrainProgress::Stage;
  AgentMemory memory;
  memory.slots_held_by = "node-2";
  NodeLook look = LookWith(false, true);
  CHECK(SituationOf(look, memory).drain.stage == Stage::kWaitsForSlot);
  CHECK(SituationOf(look, memory).drain.slots_held_by == "node-2");
  look.has_slot = true;
  CHECK(SituationOf(look, memory).drain.stage == Stage::kDraining);
  CHECK(SituationOf(look, memory).drain.waited ==
        std::vector<std::string>{"pods that can't be listed now, on ens2"});
  NodePod pod;
  pod.name_space = "team";
  pod.name = "train";
  look.parts.held = {{"ens1", {pod}}, {"ens2", {pod}}};
  CHECK(SituationOf(look, memory).drain.waited == std::vector<std::string>{"team/train"});
  look = LookWith(true, false);
  look.has_slot = true;
  CHECK(SituationOf(look, memory).drain.stage == Stage::kDrained);
  CHECK(SituationOf(LookWith(true, false), memory).drain.stage == Stage::kNone);
}

}  // namespace
}  // namespace railhook

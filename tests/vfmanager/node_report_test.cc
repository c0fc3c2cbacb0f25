#include "vfmanager/node_report.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace railhook {
namespace {

using Stage = DrainProgress::Stage;

const Condition& Find(const NodeReport& report, std::string_view type) {
  const auto found = std::ranges::find_if(
      report.conditions, [&](const Condition& condition) { return condition.type == type; });
  REQUIRE(found != report.conditions.end());
  return *found;
}

std::string Columns(const Situation& situation) {
  const NodeReport report = ReportOf(situation);
  return std::string(TextOf(report.sync)) + ' ' + report.desired_state + ' ' +
         report.current_state + ' ' + Find(report, "Ready").reason;
}

TEST_CASE("a node where all is done is Succeeded, Idle and Ready") {
  CHECK(Columns({}) == "Succeeded Idle Idle Succeeded");
  CHECK(Find(ReportOf({}), "Ready").holds);
  CHECK(ReportOf({}).error.empty());
}

TEST_CASE("what is under way is told by the columns") {
  Situation working;
  working.unfinished = true;
  CHECK(Columns(working) == "InProgress Idle Idle Working");
  working.drain.stage = Stage::kWaitsForSlot;
  CHECK(Columns(working) == "InProgress Drain_Required Idle Draining");
  working.drain.stage = Stage::kDraining;
  CHECK(Columns(working) == "InProgress Drain_Required Draining Draining");
  working.drain.stage = Stage::kDrained;
  CHECK(Columns(working) == "InProgress Drain_Required DrainComplete Draining");
  Situation reboot;
  reboot.reboot = "a pod runs";
  CHECK(Columns(reboot) == "InProgress Reboot_Required Idle RebootRequired");
  Situation unknown;
  unknown.unknown = "Nodes haven't been read yet";
  CHECK(Columns(unknown) == "InProgress Idle Idle NotKnown");
}

TEST_CASE("one failure is enough, and all are told") {
  Situation situation;
  situation.failures = {"ens1: EIO"};
  situation.problems = {"policy x: switchdev"};
  const NodeReport report = ReportOf(situation);
  CHECK(report.sync == SyncStatus::kFailed);
  CHECK(report.error == "ens1: EIO; policy x: switchdev");
  CHECK(Find(report, "Ready").message == report.error);
  CHECK(Find(report, "PoliciesRefused").holds);
  CHECK(Find(report, "PoliciesRefused").message == "policy x: switchdev");
  CHECK_FALSE(Find(report, "Conflict").holds);
}

TEST_CASE("a failure is told in a drain, too, which goes on") {
  Situation situation;
  situation.unfinished = true;
  situation.failures = {"evicting pods: 403"};
  situation.drain = {Stage::kDraining, "", {"team/a (429 budget)"}};
  CHECK(Columns(situation) == "Failed Drain_Required Draining Failed");
  CHECK(Find(ReportOf(situation), "Draining").message ==
        "these pods hold VFs that are to vanish: team/a (429 budget)");
}

TEST_CASE("a conflict is told, and whose turn it is") {
  Situation conflict;
  conflict.conflict = "another operator runs here";
  CHECK(Find(ReportOf(conflict), "Conflict").holds);
  CHECK(Find(ReportOf(conflict), "Ready").message == "another operator runs here");
  Situation waits;
  waits.unfinished = true;
  waits.drain = {Stage::kWaitsForSlot, "node-2", {}};
  CHECK(Find(ReportOf(waits), "Draining").message ==
        "as many nodes of the pool as may be unavailable are: node-2");
}

TEST_CASE("failures and refusals name PF, reason and hint") {
  ApplyReport report;
  report.pfs = {{"0000:01:00.0", "ens1", 1, 1, {{{}, "writing 7: EIO", "look at dmesg"}}},
                {"0000:02:00.0", "", 0, 1, {{{}, "a", ""}, {{}, "b", ""}}}};
  CHECK(FailuresOf(report) == std::vector<std::string>{"ens1: writing 7: EIO (look at dmesg)",
                                                       "0000:02:00.0: a", "0000:02:00.0: b"});
  report.rdma_mode = StepFailure{{}, "EBUSY", ""};
  CHECK(FailuresOf(report).size() == 4);
  report.reboot_needed = true;  // which is told apart
  CHECK(FailuresOf(report).size() == 3);
  Plan plan;
  plan.pfs.resize(2);
  plan.pfs[0].name = "ens1";
  plan.pfs[0].refusal = Error{ErrorCode::kInvalid, "too many"};
  CHECK(ProblemsOf(plan) == std::vector<std::string>{"ens1: too many"});
}

}  // namespace
}  // namespace railhook

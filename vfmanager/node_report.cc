#include "vfmanager/node_report.h"

#include "base/text.h"

namespace railhook {
namespace {

using Stage = DrainProgress::Stage;

// Conditions have at most 32 KiB; nobody reads more than this.
constexpr std::size_t kLongestText = 4000;

std::string AllOf(const std::vector<std::string>& texts) {
  return OneLine(Join(texts, "; "), kLongestText);
}

std::vector<std::string> Wrong(const Situation& situation) {
  std::vector<std::string> wrong = situation.failures;
  wrong.insert(wrong.end(), situation.problems.begin(), situation.problems.end());
  return wrong;
}

SyncStatus SyncOf(const Situation& situation) {
  if (!Wrong(situation).empty()) return SyncStatus::kFailed;
  const bool waits =
      !situation.unknown.empty() || situation.unfinished || !situation.reboot.empty();
  return waits ? SyncStatus::kInProgress : SyncStatus::kSucceeded;
}

std::string DrainText(const DrainProgress& drain) {
  if (drain.stage == Stage::kWaitsForSlot)
    return "as many nodes of the pool as may be unavailable are: " + drain.slots_held_by;
  return drain.waited.empty() ? "all pods that held the VFs have gone"
                              : "these pods hold VFs that are to vanish: " + AllOf(drain.waited);
}

Condition DrainCondition(const DrainProgress& drain) {
  switch (drain.stage) {
    case Stage::kNone:
      return {"Draining", false, "NotNeeded", ""};
    case Stage::kWaitsForSlot:
      return {"Draining", false, "WaitsForOtherNodes", DrainText(drain)};
    case Stage::kDraining:
      return {"Draining", true, "WaitsForPods", DrainText(drain)};
    case Stage::kDrained:
      break;
  }
  return {"Draining", true, "PodsHaveLeft", DrainText(drain)};
}

Condition ReadyCondition(const Situation& situation, const NodeReport& report) {
  if (!situation.conflict.empty()) return {"Ready", false, "Conflict", situation.conflict};
  if (!situation.unknown.empty()) return {"Ready", false, "NotKnown", situation.unknown};
  if (report.sync == SyncStatus::kFailed) return {"Ready", false, "Failed", report.error};
  if (situation.drain.stage != Stage::kNone)
    return {"Ready", false, "Draining", DrainText(situation.drain)};
  if (!situation.reboot.empty()) return {"Ready", false, "RebootRequired", situation.reboot};
  if (situation.unfinished) return {"Ready", false, "Working", "the VFs are being changed"};
  return {"Ready", true, "Succeeded", "the VFs are what the policies say"};
}

Condition Flag(std::string type, const std::string& why, std::string reason,
               std::string otherwise) {
  const bool holds = !why.empty();
  return {std::move(type), holds, holds ? std::move(reason) : std::move(otherwise), why};
}

std::string DesiredState(const Situation& situation) {
  if (situation.drain.stage != Stage::kNone) return "Drain_Required";
  return situation.reboot.empty() ? "Idle" : "Reboot_Required";
}

std::string CurrentState(Stage stage) {
  if (stage == Stage::kDraining) return "Draining";
  return stage == Stage::kDrained ? "DrainComplete" : "Idle";
}

}  // namespace

std::string_view TextOf(SyncStatus status) {
  if (status == SyncStatus::kSucceeded) return "Succeeded";
  return status == SyncStatus::kInProgress ? "InProgress" : "Failed";
}

NodeReport ReportOf(const Situation& situation) {
  NodeReport report;
  report.sync = SyncOf(situation);
  report.error = AllOf(Wrong(situation));
  report.desired_state = DesiredState(situation);
  report.current_state = CurrentState(situation.drain.stage);
  report.conditions = {
      ReadyCondition(situation, report),
      Flag("Conflict", situation.conflict, "ManagedByOthers", "Alone"),
      Flag("PoliciesRefused", AllOf(situation.problems), "CannotBeDone", "AllAccepted"),
      DrainCondition(situation.drain),
      Flag("RebootRequired", situation.reboot, "RdmaMode", "NotNeeded")};
  return report;
}

std::vector<std::string> ProblemsOf(const Plan& plan) {
  std::vector<std::string> problems;
  for (const PfPlan& pf : plan.pfs)
    if (pf.refusal) problems.push_back(Or(pf.name, pf.address) + ": " + pf.refusal->message);
  return problems;
}

std::vector<std::string> FailuresOf(const ApplyReport& report) {
  std::vector<std::string> failures;
  const auto add = [&](const std::string& where, const StepFailure& failure) {
    const std::string hint = failure.hint.empty() ? "" : " (" + failure.hint + ')';
    failures.push_back(where + ": " + failure.text + hint);
  };
  for (const PfOutcome& pf : report.pfs)
    for (const StepFailure& failure : pf.failures) add(Or(pf.name, pf.address), failure);
  if (report.rdma_mode && !report.reboot_needed) add("RDMA mode", *report.rdma_mode);
  return failures;
}

}  // namespace railhook

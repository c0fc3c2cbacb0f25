#pragma once
// What is told of a node after each look: is all done, what fails, who is waited for. Pure.

#include <optional>
#include <string>
#include <vector>

#include "vfmanager/apply.h"
#include "vfmanager/drain.h"
#include "vfmanager/plan.h"

namespace railhook {

enum class SyncStatus { kSucceeded, kInProgress, kFailed };
std::string_view TextOf(SyncStatus status);  // "Succeeded", "InProgress", "Failed"

struct Condition {
  std::string type;
  bool holds = false;
  std::string reason;   // one word in CamelCase
  std::string message;  // for people

  bool operator==(const Condition&) const = default;
};

// How far a drain is.
struct DrainProgress {
  enum class Stage { kNone, kWaitsForSlot, kDraining, kDrained };

  Stage stage = Stage::kNone;
  std::string slots_held_by;        // where it waits for a slot
  std::vector<std::string> waited;  // pods that still hold VFs, each with why it is still there
};

// What the agent knows after a look.
struct Situation {
  std::string unknown;                // why nothing may be done yet; "" where it may
  std::string conflict;               // who else manages the VFs; "" where nobody does
  std::vector<std::string> problems;  // that keep part of what is wanted from being done
  std::vector<std::string> failures;  // of what was tried
  bool unfinished = false;            // steps are left
  std::string reboot;                 // why the node has to be restarted; "" where it hasn't
  DrainProgress drain;
};

struct NodeReport {
  SyncStatus sync = SyncStatus::kInProgress;
  std::string error;          // all that is wrong, as one text
  std::string desired_state;  // sriov-network-operator's words: Idle, Drain_Required, ...
  std::string current_state;  // Idle, Draining, DrainComplete
  std::vector<Condition> conditions;

  bool operator==(const NodeReport&) const = default;
};

NodeReport ReportOf(const Situation& situation);

// What keeps PFs of the plan from being worked on.
std::vector<std::string> ProblemsOf(const Plan& plan);
// What failed, each with where, why and what to do about it.
std::vector<std::string> FailuresOf(const ApplyReport& report);

}  // namespace railhook

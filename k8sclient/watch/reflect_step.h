#pragma once
// The list-then-watch protocol as a pure state machine: what came in -> what to do next. No
// threads, sockets or waiting here: Reflector owns those.

#include <chrono>
#include <string>
#include <variant>

#include "base/result.h"

namespace railhook {

// What to do next: ask for a page of the list, or watch.
struct ReflectState {
  enum class Phase { kList, kWatch };

  Phase phase = Phase::kList;
  std::string next_page;         // of the list that is under way; "" for its first
  std::string resource_version;  // what is known is complete up to here; "" while nothing is
  int failures = 0;              // since the last event
  bool wait = false;             // before the step
  bool absent = false;           // the server doesn't know the resource: no CRD yet
  bool lost_once = false;        // the server has forgotten the place since the last event

  bool operator==(const ReflectState&) const = default;
};

// What came in.
struct Listed {  // a page
  std::string next_page;
  std::string resource_version;
};
struct Seen {  // ADDED, MODIFIED, DELETED or BOOKMARK
  std::string resource_version;
};
struct Ended {};  // the server closed the watch
using ReflectInput = std::variant<Listed, Seen, Ended, Error>;

// kGone means that the server has forgotten our place, kInvalid that it can't read it: the list
// starts again. kNotFound means that there is no such resource (any more). After any other Error
// the same step is tried again. A first failure costs no wait where the server is well: a forgotten
// place, or a watch that ended.
ReflectState Next(ReflectState state, const ReflectInput& input);

// How long to wait before the step: none, or longer with each failure, up to ten seconds. `random`
// from 0 to 1 spreads those who failed together.
std::chrono::milliseconds WaitBefore(const ReflectState& state, double random);

}  // namespace railhook

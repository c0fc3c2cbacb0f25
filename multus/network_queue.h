#pragma once
// Which networks are to be looked at next, and which were looked at in vain.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "multus/network_work.h"
#include "multus/network_writer.h"

namespace railhook {

// Not thread-safe; `now` never goes back.
class NetworkQueue {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // What is to be done about all networks. A task that is the same as it was when it was last done
  // waits: for ever where it was refused, a moment where it was written, as the watch has yet to
  // tell of it, and longer each time where it failed.
  void Put(std::vector<NetworkTask> tasks, TimePoint now);

  // The next one, or none. No task is handed out while one of the same network is under way.
  std::optional<NetworkTask> Take();

  // What came of a task that was taken.
  void Finish(const NetworkTask& task, Result<NetworkOutcome> outcome, TimePoint now);

  // Whether there is one to be taken.
  bool ready() const { return !ready_.empty(); }

  // Whether a task waits for its time.
  bool waiting() const;

  // The SpiderMultusConfigs that get no network, by their namespaces.
  std::vector<std::pair<std::string, NetworkRefusal>> Refusals() const;
  std::size_t refused() const;

  // Why the last of those that fail now failed; "" where none does.
  std::string failure() const;

 private:
  enum class State { kReady, kUnderWay, kDone };
  struct Slot {
    NetworkTask task;
    State state = State::kReady;
    int failures = 0;
    TimePoint again{};  // kDone: not before, unless its inputs change
    NetworkOutcome outcome;
    std::string failure;

    bool refused() const { return !outcome.refusals.empty(); }
  };

  void PutOne(NetworkTask task, TimePoint now);
  void MakeReady(Slot& slot, NetworkTask task);

  std::unordered_map<std::string, Slot> slots_;  // by "namespace/name"
  std::deque<std::string> ready_;
};

}  // namespace railhook

#include "multus/network_queue.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace railhook {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kUntilTold(2'000);  // that a write shows in a watch
constexpr milliseconds kFirstPause(200);
constexpr milliseconds kLongestPause(30'000);
constexpr int kMostDoublings = 8;

milliseconds PauseAfter(int failures) {
  return std::min(kFirstPause * (1 << std::min(failures - 1, kMostDoublings)), kLongestPause);
}

}  // namespace

void NetworkQueue::Put(std::vector<NetworkTask> tasks, TimePoint now) {
  std::unordered_set<std::string> wanted;
  for (NetworkTask& task : tasks) {
    wanted.insert(task.Id());
    PutOne(std::move(task), now);
  }
  std::erase_if(slots_, [&](const auto& slot) {
    return slot.second.state != State::kUnderWay && !wanted.contains(slot.first);
  });
  std::erase_if(ready_, [&](const std::string& id) { return !slots_.contains(id); });
}

void NetworkQueue::PutOne(NetworkTask task, TimePoint now) {
  const auto [found, is_new] = slots_.try_emplace(task.Id());
  Slot& slot = found->second;
  if (is_new) return MakeReady(slot, std::move(task));
  if (slot.state == State::kUnderWay) return;  // it is put again after
  const bool same = slot.task.inputs == task.inputs;
  if (slot.state == State::kReady) {
    slot.task = std::move(task);
  } else if (!same || (!slot.refused() && now >= slot.again)) {
    if (!same) slot.failures = 0;
    MakeReady(slot, std::move(task));
  }
}

void NetworkQueue::MakeReady(Slot& slot, NetworkTask task) {
  slot.task = std::move(task);
  slot.state = State::kReady;
  slot.outcome = {};
  ready_.push_back(slot.task.Id());
}

std::optional<NetworkTask> NetworkQueue::Take() {
  if (ready_.empty()) return std::nullopt;
  Slot& slot = slots_.at(ready_.front());
  ready_.pop_front();
  slot.state = State::kUnderWay;
  return slot.task;
}

void NetworkQueue::Finish(const NetworkTask& task, Result<NetworkOutcome> outcome, TimePoint now) {
  Slot& slot = slots_.at(task.Id());
  slot.state = State::kDone;
  if (outcome) {
    slot.failures = 0;
    slot.failure.clear();
    slot.outcome = *std::move(outcome);
    slot.again = now + kUntilTold;
  } else {
    slot.outcome = {};
    if (outcome.error().code != ErrorCode::kConflict)  // the next look sees what others did
      slot.failure = std::move(outcome).error().message;
    slot.again = now + PauseAfter(++slot.failures);
  }
}

bool NetworkQueue::waiting() const {
  return std::ranges::any_of(slots_, [](const auto& slot) { return !slot.second.refused(); });
}

std::vector<std::pair<std::string, NetworkRefusal>> NetworkQueue::Refusals() const {
  std::vector<std::pair<std::string, NetworkRefusal>> refusals;
  for (const auto& [id, slot] : slots_)
    for (const NetworkRefusal& refusal : slot.outcome.refusals)
      refusals.emplace_back(slot.task.name_space, refusal);
  return refusals;
}

std::size_t NetworkQueue::refused() const {
  std::size_t refused = 0;
  for (const auto& [id, slot] : slots_) refused += slot.outcome.refusals.size();
  return refused;
}

std::string NetworkQueue::failure() const {
  const auto failing =
      std::ranges::find_if(slots_, [](const auto& slot) { return !slot.second.failure.empty(); });
  return failing == slots_.end() ? "" : failing->second.failure;
}

}  // namespace railhook

#include "webhook/server/roster.h"

#include <algorithm>
#include <utility>

namespace railhook {
namespace {

using TimePoint = SteadyClock::time_point;

// Deadlines that are due close together share a wake-up.
constexpr auto kShortestNap = std::chrono::milliseconds(20);

}  // namespace

Roster::Entry::Entry(Roster& roster)
    : roster_(roster), place_(roster.entries_.insert(roster.entries_.end(), this)) {
  ++roster_.size_;
  ++roster_.unproven_;
}

Roster::Entry::~Entry() {
  roster_.entries_.erase(place_);
  --roster_.size_;
  CountAsProven();
}

void Roster::Entry::Enter(Phase phase, TimePoint now, TimePoint deadline) {
  phase_ = phase;
  since_ = now;
  deadline_ = deadline;
  roster_.WakeBy(deadline);
}

void Roster::Entry::Prove() { CountAsProven(); }

void Roster::Entry::CountAsProven() {
  if (!std::exchange(proven_, true)) --roster_.unproven_;
}

void Roster::Entry::CutOnce() {
  CountAsProven();
  if (!std::exchange(cut_, true)) Cut();
}

void Roster::WakeBy(TimePoint deadline) {
  if (deadline >= wake_at_) return;
  wake_at_ = deadline;
  wake_by_(deadline);
}

void Roster::CutExpired(TimePoint now) {
  auto next = TimePoint::max();
  for (Entry* entry : entries_) {
    if (entry->deadline_ <= now) entry->CutOnce();
    if (!entry->cut_) next = std::min(next, entry->deadline_);
  }
  wake_at_ = TimePoint::max();
  if (next != TimePoint::max()) WakeBy(std::max(next, now + kShortestNap));
}

void Roster::DismissIdle() {
  for (Entry* entry : entries_) {
    if (entry->phase_ == Phase::kIdle && !entry->cut_) entry->Dismiss();
  }
}

bool Roster::EvictOne() {
  Entry* longest = nullptr;
  for (Entry* entry : entries_) {
    if (entry->cut_) continue;
    if (!entry->proven_) {
      longest = entry;
      break;
    }
    const bool at_rest = entry->phase_ == Phase::kIdle || entry->phase_ == Phase::kHangingUp;
    if (at_rest && (!longest || entry->since_ < longest->since_)) longest = entry;
  }
  if (longest) longest->CutOnce();
  return longest != nullptr;
}

}  // namespace railhook

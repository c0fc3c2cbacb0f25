#include "webhook/server/roster.h"

#include <algorithm>
#include <utility>

namespace railhook {
namespace {

using TimePoint = SteadyClock::time_point;

// Deadlines that are due close together share a wake-up.
constexpr auto kShortestNap = std::chrono::milliseconds(20);

bool IsAtRest(Phase phase) { return phase == Phase::kIdle || phase == Phase::kHangingUp; }

}  // namespace

Roster::Entry::Entry(Roster& roster, ConnectionTable::Ticket ticket)
    : roster_(roster), ticket_(std::move(ticket)) {
  roster_.entries_.emplace(ticket_.id(), this);
  ++roster_.size_;
}

Roster::Entry::~Entry() {
  roster_.entries_.erase(ticket_.id());
  --roster_.size_;
}

void Roster::Entry::Enter(Phase phase, TimePoint deadline) {
  if (IsAtRest(phase) != IsAtRest(phase_)) ticket_.SetAtRest(IsAtRest(phase));
  phase_ = phase;
  deadline_ = deadline;
  roster_.WakeBy(deadline);
}

void Roster::Entry::CutOnce() {
  ticket_.Leave();
  if (!std::exchange(cut_, true)) Cut();
}

void Roster::WakeBy(TimePoint deadline) {
  if (deadline >= wake_at_) return;
  wake_at_ = deadline;
  wake_by_(deadline);
}

void Roster::CutExpired(TimePoint now) {
  auto next = TimePoint::max();
  for (const auto& [id, entry] : entries_) {
    if (entry->deadline_ <= now) entry->CutOnce();
    if (!entry->cut_) next = std::min(next, entry->deadline_);
  }
  wake_at_ = TimePoint::max();
  if (next != TimePoint::max()) WakeBy(std::max(next, now + kShortestNap));
}

void Roster::Cut(ConnectionId id) {
  const auto found = entries_.find(id);
  if (found != entries_.end()) found->second->CutOnce();
}

void Roster::DismissIdle() {
  for (const auto& [id, entry] : entries_) {
    if (entry->phase_ == Phase::kIdle && !entry->cut_) entry->Dismiss();
  }
}

}  // namespace railhook

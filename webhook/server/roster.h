#pragma once
// The connections of one event loop, and when each is cut off.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <unordered_map>
#include <utility>

#include "webhook/server/connection_table.h"

namespace railhook {

using SteadyClock = std::chrono::steady_clock;

enum class Phase { kHandshake, kIdle, kReceiving, kAnswering, kHangingUp };

// Belongs to the loop's thread, but for size().
class Roster {
 public:
  // What the roster knows of a connection. Stands on it from its construction to its destruction.
  class Entry {
   public:
    Entry(Roster& roster, ConnectionTable::Ticket ticket);
    virtual ~Entry();
    Entry(const Entry&) = delete;

    // Begins a phase, which must be over at `deadline`.
    void Enter(Phase phase, SteadyClock::time_point deadline);

   protected:
    // The peer has got an answer from a handler.
    void Prove() { ticket_.Prove(); }

    Phase phase() const { return phase_; }

   private:
    friend class Roster;

    // Ends the connection soon; the entry is destroyed later, not within this call.
    virtual void Cut() = 0;

    // The same for an idle one, which hears first that it should go elsewhere.
    virtual void Dismiss() = 0;

    void CutOnce();

    Roster& roster_;
    ConnectionTable::Ticket ticket_;
    Phase phase_ = Phase::kHandshake;
    bool cut_ = false;
    SteadyClock::time_point deadline_ = SteadyClock::time_point::max();
  };

  // `wake_by` asks for a call of CutExpired at some time; a sooner one replaces it.
  explicit Roster(std::function<void(SteadyClock::time_point)> wake_by)
      : wake_by_(std::move(wake_by)) {}

  // Cuts those whose deadline has passed and asks to be woken for the next one.
  void CutExpired(SteadyClock::time_point now);

  // Cuts one, if it is still there.
  void Cut(ConnectionId id);

  // Dismisses those that are idle.
  void DismissIdle();

  // From any thread.
  std::size_t size() const { return size_; }

 private:
  void WakeBy(SteadyClock::time_point deadline);

  const std::function<void(SteadyClock::time_point)> wake_by_;
  std::unordered_map<ConnectionId, Entry*> entries_;
  SteadyClock::time_point wake_at_ = SteadyClock::time_point::max();
  std::atomic<std::size_t> size_ = 0;
};

}  // namespace railhook

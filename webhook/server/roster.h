#pragma once
// The connections of one event loop: when each is cut off, and which one goes when there are too
// many.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <utility>

namespace railhook {

using SteadyClock = std::chrono::steady_clock;

enum class Phase { kHandshake, kIdle, kReceiving, kAnswering, kHangingUp };

// Belongs to the loop's thread, but for the counters.
class Roster {
 public:
  // What the roster knows of a connection. Stands on it from its construction to its destruction.
  class Entry {
   public:
    explicit Entry(Roster& roster);
    virtual ~Entry();
    Entry(const Entry&) = delete;

    // Begins a phase, which must be over at `deadline`.
    void Enter(Phase phase, SteadyClock::time_point now, SteadyClock::time_point deadline);

    // The peer has got an answer from a handler: it is a client, not a flood.
    void Prove();

   protected:
    Phase phase() const { return phase_; }

   private:
    friend class Roster;

    // Ends the connection soon; the entry is destroyed later, not within this call.
    virtual void Cut() = 0;

    // The same for an idle one, which hears first that it should go elsewhere.
    virtual void Dismiss() = 0;

    void CutOnce();
    void CountAsProven();

    Roster& roster_;
    std::list<Entry*>::iterator place_;
    Phase phase_ = Phase::kHandshake;
    bool proven_ = false;
    bool cut_ = false;
    SteadyClock::time_point since_;
    SteadyClock::time_point deadline_ = SteadyClock::time_point::max();
  };

  // `wake_by` asks for a call of CutExpired at some time; a sooner one replaces it.
  explicit Roster(std::function<void(SteadyClock::time_point)> wake_by)
      : wake_by_(std::move(wake_by)) {}

  // Cuts those whose deadline has passed and asks to be woken for the next one.
  void CutExpired(SteadyClock::time_point now);

  // Makes room for one more: cuts the oldest entry that isn't proven, whatever its age, or else the
  // one that has been idle or hanging up for longest. False where all are proven and busy.
  bool EvictOne();

  // Dismisses those that are idle.
  void DismissIdle();

  // From any thread: how many there are, and how many of them are neither proven nor cut.
  std::size_t size() const { return size_; }
  std::size_t unproven() const { return unproven_; }

 private:
  void WakeBy(SteadyClock::time_point deadline);

  const std::function<void(SteadyClock::time_point)> wake_by_;
  std::list<Entry*> entries_;  // the oldest first
  SteadyClock::time_point wake_at_ = SteadyClock::time_point::max();
  std::atomic<std::size_t> size_ = 0;
  std::atomic<std::size_t> unproven_ = 0;
};

}  // namespace railhook

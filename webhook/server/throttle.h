#pragma once
// Keeps what may happen thousands of times a second from filling the log.

#include <atomic>
#include <chrono>

namespace railhook {

// Thread-safe.
class Throttle {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Throttle(Clock::duration pause) : pause_(pause) {}

  // True at the first call, and again once a pause has gone by since the last true.
  bool LetsPass(Clock::time_point now = Clock::now()) {
    auto next = next_.load();
    return now >= next && next_.compare_exchange_strong(next, now + pause_);
  }

 private:
  const Clock::duration pause_;
  std::atomic<Clock::time_point> next_ = Clock::time_point::min();
};

}  // namespace railhook

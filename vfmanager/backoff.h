#pragma once
// When what failed is tried again. Pure.

#include <chrono>

namespace railhook {

class Backoff {
 public:
  using Clock = std::chrono::steady_clock;

  // The next try is due after a second, then after twice as long each time, up to two minutes.
  void Failed(Clock::time_point now);
  // Nothing is left to be tried. What has to be tried again within a minute counts on from there:
  // somebody undoes it.
  void Succeeded(Clock::time_point now);
  void Reset() { *this = {}; }

  bool IsDue(Clock::time_point now) const { return now >= due_; }
  // Until then; none where it is due.
  std::chrono::milliseconds Wait(Clock::time_point now) const;
  int failures() const { return failures_; }

 private:
  int failures_ = 0;
  Clock::time_point last_{};
  Clock::time_point due_{};
};

}  // namespace railhook

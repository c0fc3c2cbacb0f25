#pragma once
// Work that is given up after a while.

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

namespace railhook {

// Its token is told to stop after `time`, or as soon as `outer` is.
class StopAfter {
 public:
  StopAfter(std::chrono::milliseconds time, std::stop_token outer)
      : pass_on_(std::move(outer), [this] { source_.request_stop(); }),
        alarm_([this, time](const std::stop_token& done) { Wait(time, done); }) {}

  std::stop_token token() const { return source_.get_token(); }

  // From now on only `outer` counts.
  void CallOff() { alarm_.request_stop(); }

 private:
  void Wait(std::chrono::milliseconds time, const std::stop_token& done) {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, done, time, [] { return false; });
    if (!done.stop_requested()) source_.request_stop();
  }

  std::stop_source source_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::stop_callback<std::function<void()>> pass_on_;
  std::jthread alarm_;  // last: joined before what it uses goes
};

}  // namespace railhook

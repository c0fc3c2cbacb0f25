#pragma once
// Whether a server has requests to answer.

#include <atomic>
#include <chrono>

namespace railhook {

// Thread-safe. Outlives its requests.
class RequestActivity {
 public:
  using Clock = std::chrono::steady_clock;

  // One request, from its first byte until its answer is written.
  class Request {
   public:
    explicit Request(RequestActivity& activity) : activity_(activity) { ++activity_.under_way_; }
    Request(const Request&) = delete;
    ~Request() {
      activity_.last_ = Clock::now();
      --activity_.under_way_;
    }

   private:
    RequestActivity& activity_;
  };

  // Whether none is under way, and none was at any time since `time`.
  bool NoneSince(Clock::time_point time) const { return under_way_ == 0 && last_.load() < time; }

 private:
  std::atomic<int> under_way_ = 0;
  std::atomic<Clock::time_point> last_ = Clock::time_point::min();
};

}  // namespace railhook

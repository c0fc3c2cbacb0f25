#pragma once
// How many connections a server has, over all of its loops.

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <utility>

namespace railhook {

// Thread-safe. Outlives its tickets.
class ConnectionCount {
 public:
  // One connection, for as long as the ticket lives.
  class Ticket {
   public:
    explicit Ticket(ConnectionCount& count) : count_(&count) { count.Change(+1); }
    Ticket(Ticket&& other) noexcept : count_(std::exchange(other.count_, nullptr)) {}
    Ticket& operator=(Ticket&&) = delete;
    ~Ticket() {
      if (count_) count_->Change(-1);
    }

   private:
    ConnectionCount* count_;
  };

  std::size_t count() const {
    const std::lock_guard lock(mutex_);
    return count_;
  }

  // Waits until there is none, at most `patience`.
  void AwaitNone(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    none_.wait_for(lock, patience, [this] { return count_ == 0; });
  }

 private:
  void Change(int by) {
    const std::lock_guard lock(mutex_);
    count_ += static_cast<std::size_t>(by);
    if (count_ == 0) none_.notify_all();
  }

  mutable std::mutex mutex_;
  std::condition_variable none_;
  std::size_t count_ = 0;
};

}  // namespace railhook

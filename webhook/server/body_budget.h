#pragma once
// How much memory the bodies of requests may take, all connections of a server together.

#include <atomic>
#include <cstddef>

namespace railhook {

// Thread-safe. Outlives its claims.
class BodyBudget {
 public:
  explicit BodyBudget(std::size_t most) : left_(static_cast<std::ptrdiff_t>(most)) {}

  // What one body takes; given back with the claim. Used by one thread.
  class Claim {
   public:
    explicit Claim(BodyBudget& budget) : budget_(budget) {}
    Claim(const Claim&) = delete;
    ~Claim() { GiveBack(); }

    // Claims `bytes` in all. False where so much isn't left; then the claim is as before.
    bool GrowTo(std::size_t bytes) {
      const auto more = static_cast<std::ptrdiff_t>(bytes - bytes_);
      if (budget_.left_.fetch_sub(more) < more) {
        budget_.left_ += more;
        return false;
      }
      bytes_ = bytes;
      return true;
    }

    void GiveBack() {
      budget_.left_ += static_cast<std::ptrdiff_t>(bytes_);
      bytes_ = 0;
    }

   private:
    BodyBudget& budget_;
    std::size_t bytes_ = 0;
  };

 private:
  std::atomic<std::ptrdiff_t> left_;
};

}  // namespace railhook

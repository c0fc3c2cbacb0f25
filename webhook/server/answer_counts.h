#pragma once
// How many answers a server gave, by HTTP status.

#include <array>
#include <atomic>
#include <cstddef>
#include <map>

namespace railhook {

// Thread-safe.
class AnswerCounts {
 public:
  void Count(int status) { ++counts_[static_cast<std::size_t>(status - kLeast) % kStatuses]; }

  // Those that were given at least once, and 200.
  std::map<int, long> All() const {
    std::map<int, long> all = {{200, 0}};
    for (std::size_t i = 0; i < kStatuses; ++i) {
      if (const long count = counts_[i]) all[kLeast + static_cast<int>(i)] = count;
    }
    return all;
  }

 private:
  static constexpr int kLeast = 100;
  static constexpr std::size_t kStatuses = 500;  // 100 to 599

  std::array<std::atomic<long>, kStatuses> counts_{};
};

}  // namespace railhook

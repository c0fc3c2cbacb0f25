#pragma once
// Chance for tests, the same for the same seed everywhere.

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <random>
#include <utility>
#include <vector>

namespace railhook {

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  std::size_t Below(std::size_t n) { return engine_() % n; }
  bool Percent(std::size_t chance) { return Below(100) < chance; }
  template <typename List>
  const auto& Pick(const List& list) {
    return *std::next(std::begin(list), static_cast<std::ptrdiff_t>(Below(std::size(list))));
  }
  template <typename T>
  void Shuffle(std::vector<T>& list) {
    for (std::size_t i = list.size(); i > 1; --i) std::swap(list[i - 1], list[Below(i)]);
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace railhook

#pragma once
// Waiting for what another thread does.

#include <chrono>
#include <thread>

namespace railhook {

// Whether `fact` becomes true before a time is over that is long for any machine.
template <typename Fact>
bool Eventually(const Fact& fact) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!fact()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

}  // namespace railhook

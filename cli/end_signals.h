#pragma once
// SIGTERM and SIGINT, which ask the program to end.

#include <chrono>
#include <csignal>

namespace railhook {

// Keeps them from ending the program at once. It has to be made before any thread starts, so that
// none of them gets the signals.
class EndSignals {
 public:
  EndSignals();

  // Waits for one.
  void Await() const;
  // The same for a time; whether one came.
  bool Await(std::chrono::seconds at_most) const;

 private:
  sigset_t signals_;
};

}  // namespace railhook

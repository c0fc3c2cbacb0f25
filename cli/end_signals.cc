#include "cli/end_signals.h"

namespace railhook {

EndSignals::EndSignals() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGTERM);
  sigaddset(&signals_, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
}

void EndSignals::Await() const {
  int signal = 0;
  ::sigwait(&signals_, &signal);
}

bool EndSignals::Await(std::chrono::seconds at_most) const {
  const timespec time{at_most.count(), 0};
  return ::sigtimedwait(&signals_, nullptr, &time) > 0;
}

}  // namespace railhook

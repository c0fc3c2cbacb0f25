#include "k8sclient/warning_events.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "base/log.h"
#include "k8sclient/client.h"

namespace railhook {
namespace {

constexpr std::chrono::seconds kLook(3);

}  // namespace

struct WarningEvents::Impl {
  Transport& transport;
  const LeaderElector& leader;
  const std::function<std::vector<Warning>()> find;

  std::mutex mutex;
  std::string failure;  // guarded by mutex
  std::condition_variable_any wake;
  std::jthread thread;  // last: joined before what it uses goes

  void Run(const std::stop_token& stop) {
    const KubeClient client(transport, stop);
    EventRecorder recorder(client, "railhook");
    while (!stop.stop_requested()) {
      Report(leader.leading() ? WarnAll(recorder) : Result<>());
      std::unique_lock lock(mutex);
      wake.wait_for(lock, stop, kLook, [] { return false; });
    }
  }

  Result<> WarnAll(EventRecorder& recorder) const {
    Result<> first_failure;
    for (const Warning& warning : find()) {
      const long tries = recorder.tries();
      auto warned = recorder.Warn(warning.subject, warning.reason, warning.message);
      if (warned) continue;
      const bool tried = recorder.tries() > tries;
      const ErrorCode code = warned.error().code;
      if (first_failure) first_failure = std::move(warned);
      const bool for_all = code == ErrorCode::kUnavailable || code == ErrorCode::kUnauthorized;
      if (tried && for_all) break;  // the next round goes on with the next one
    }
    return first_failure;
  }

  void Report(const Result<>& warned) {
    const std::string now = warned ? "" : warned.error().message;
    const std::lock_guard lock(mutex);
    if (!now.empty() && now != failure)
      Log(LogLevel::kWarning, "an Event can't be written", {{"error", now}});
    failure = now;
  }
};

WarningEvents::WarningEvents(Transport& transport, const LeaderElector& leader,
                             std::function<std::vector<Warning>()> find)
    : impl_(new Impl{transport, leader, std::move(find), {}, {}, {}, {}}) {
  impl_->thread = std::jthread([impl = impl_.get()](std::stop_token stop) { impl->Run(stop); });
}

WarningEvents::~WarningEvents() = default;

std::string WarningEvents::trouble() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->failure;
}

}  // namespace railhook

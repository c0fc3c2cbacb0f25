#pragma once
// What an API server has at this moment, for what a watch may not have brought yet.

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <unordered_map>

#include "base/result.h"
#include "k8sclient/transport.h"
#include "multus/rail_index.h"

namespace railhook {

// Safe to use from any thread; one look at a time, which serves all who asked before it began.
// Between looks there is a pause, so that whoever asks for one unknown class after another keeps
// the API server busy for a quarter of the time at most.
class LiveRails {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Clock = std::function<TimePoint()>;
  using Index = std::shared_ptr<const RailIndex>;

  // `transport` must outlive it. A look that takes longer than `patience` has failed.
  explicit LiveRails(Transport& transport,
                     std::chrono::milliseconds patience = std::chrono::seconds(3),
                     Clock clock = std::chrono::steady_clock::now);

  // All rails, the one namespace, and the others as `known` has them, no older than `asked`. Blocks
  // while it waits or looks. For one subject (a class, a namespace) it looks at most `per_second`
  // times a second (0: never, and the result is null); in between the last answer counts where it
  // knows the namespace. kUnavailable where there is no answer.
  Result<Index> Look(const std::string& subject, const std::string& name_space,
                     const RailIndex& known, double per_second, TimePoint asked);

  // Ends a look under way, and lets no other begin.
  void Stop();

 private:
  bool Counts(std::size_t subject, TimePoint asked, const std::string& name_space,
              double per_second) const;
  void AwaitTurn() const;
  void Remember(std::size_t subject, TimePoint now, double per_second);
  Result<Index> Ask(const std::string& name_space, const RailIndex& known) const;

  Transport& transport_;
  const std::chrono::milliseconds patience_;
  const Clock clock_;
  std::stop_source stop_;

  std::mutex mutex_;  // guards what follows
  TimePoint began_ = TimePoint::min();
  TimePoint next_{};  // no look before
  Result<Index> answer_ = Index();
  std::unordered_map<std::size_t, TimePoint> looked_;  // by the hash of a subject
};

}  // namespace railhook

#pragma once
// What an API server has at this moment, for what a watch may not have brought yet.

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

#include "k8sclient/transport.h"
#include "multus/rail_index.h"

namespace railhook {

// Safe to use from any thread; one look at a time.
class LiveRails {
 public:
  using Clock = std::function<std::chrono::steady_clock::time_point()>;

  // `transport` must outlive it.
  explicit LiveRails(Transport& transport, Clock clock = std::chrono::steady_clock::now);

  // Ends a look under way.
  ~LiveRails();

  // All rails, the one namespace, and the others as `known` has them. Blocks while it asks. Between
  // two looks for the same subject at least 1 / `per_second` seconds pass, in which the last answer
  // counts where it knows the namespace; where `per_second` is 0 it never asks. Null where there is
  // no answer; why is logged.
  std::shared_ptr<const RailIndex> Look(const std::string& subject, const std::string& name_space,
                                        const RailIndex& known, double per_second);

 private:
  struct Answer {
    std::chrono::steady_clock::time_point asked;
    std::shared_ptr<const RailIndex> index;
  };

  static bool Counts(const Answer& answer, const std::string& name_space,
                     std::chrono::steady_clock::time_point now, double per_second);
  std::shared_ptr<const RailIndex> Ask(const std::string& name_space, const RailIndex& known) const;

  Transport& transport_;
  const Clock clock_;
  std::stop_source stop_;
  std::mutex mutex_;
  std::map<std::string, Answer> answers_;  // by subject; guarded by mutex_
};

}  // namespace railhook

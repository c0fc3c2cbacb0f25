#pragma once
// A value made from files, made again when they change.

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/file_watch.h"
#include "base/log.h"
#include "base/result.h"

namespace railhook {

// Keeps the last good value where a change can't be read, says why in the log, and counts. Readers
// may be on any thread and wait for nobody but a pointer's copy; what they got stays as it is.
template <typename T>
class Reloading {
 public:
  using Load = std::function<Result<T>()>;
  using Files = std::function<std::vector<std::filesystem::path>()>;

  // `what` names the value in the log. The Error of the first load is returned, later ones are
  // logged.
  static Result<std::unique_ptr<Reloading>> Open(std::string what,
                                                 std::vector<std::filesystem::path> files,
                                                 Load load) {
    const auto all = [files = std::move(files)] { return files; };
    return Open(std::move(what), all, std::move(load));
  }

  // The same where loading tells which files there are. `files` is called by several threads.
  static Result<std::unique_ptr<Reloading>> Open(std::string what, Files files, Load load) {
    std::unique_ptr<Reloading> reloading(new Reloading(std::move(what), std::move(load)));
    // Watching starts before the first load, so that no change falls between them.
    Reloading* self = reloading.get();
    reloading->watch_.emplace(std::move(files), [self] { self->Reload(); });
    TRY(self->Read());
    return reloading;
  }

  std::shared_ptr<const T> Current() const {
    const std::lock_guard lock(swapping_);
    return current_;
  }

  long reloads() const { return reloads_; }
  long failures() const { return failures_; }
  // Whether the files hold something newer that can't be used.
  bool stale() const { return !error().empty(); }
  // Why it can't; "" where it can.
  std::string error() const {
    const std::lock_guard lock(swapping_);
    return error_;
  }

 private:
  Reloading(std::string what, Load load) : what_(std::move(what)), load_(std::move(load)) {}

  Result<> Read() {
    const std::lock_guard one_at_a_time(reading_);
    auto loaded = load_();
    if (!loaded) {
      const std::lock_guard lock(swapping_);
      error_ = loaded.error().message;
      return tl::unexpected(loaded.error());
    }
    auto made = std::make_shared<const T>(std::move(loaded).Take());
    const std::lock_guard lock(swapping_);
    current_.swap(made);
    error_.clear();
    return {};
  }

  void Reload() {
    const auto read = Read();
    ++(read ? reloads_ : failures_);
    if (read) return Log(LogLevel::kInfo, "reloaded", {{"what", what_}});
    Log(LogLevel::kError, "kept the last good one",
        {{"what", what_}, {"error", read.error().message}});
  }

  const std::string what_;
  const Load load_;
  std::mutex reading_;
  mutable std::mutex swapping_;
  std::shared_ptr<const T> current_;  // guarded by swapping_, as is the next
  std::string error_;
  std::atomic<long> reloads_ = 0;
  std::atomic<long> failures_ = 0;
  std::optional<FileWatch> watch_;  // last: its thread ends before what it uses
};

}  // namespace railhook

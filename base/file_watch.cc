#include "base/file_watch.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

#include "base/file_fingerprint.h"

namespace railhook {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kShortestInterval{250};
constexpr int kLooksPerCost = 50;  // 2 % of one core

}  // namespace

struct FileWatch::Impl {
  Impl(std::function<std::vector<std::filesystem::path>()> watched, std::function<void()> callback)
      : paths(std::move(watched)), changed(std::move(callback)), seen(Look({})) {
    thread = std::jthread([this](std::stop_token stop) { Run(stop); });
  }

  void Run(const std::stop_token& stop) {
    while (Wait(stop, std::max<steady_clock::duration>(kShortestInterval, kLooksPerCost * cost))) {
      auto now = Look(stop);
      if (now == seen || stop.stop_requested()) continue;
      seen = std::move(now);
      changed();
    }
  }

  // What the files look like once they have rested, or while they do not rest at all.
  FileFingerprint Look(const std::stop_token& stop) {
    constexpr int kMostLooks = 5;
    FileFingerprint fingerprint;
    cost = {};
    for (int i = 0; i < kMostLooks; ++i) {
      const auto start = steady_clock::now();
      const auto file_time = std::chrono::system_clock::now();
      fingerprint = TakeFingerprint(paths());
      cost += steady_clock::now() - start;
      if (!IsTooFresh(fingerprint, file_time) || !Wait(stop, kFreshFor)) break;
    }
    return fingerprint;
  }

  // False if it is time to stop.
  bool Wait(const std::stop_token& stop, steady_clock::duration time) {
    std::unique_lock lock(mutex);
    wake.wait_for(lock, stop, time, [] { return false; });
    return !stop.stop_requested();
  }

  const std::function<std::vector<std::filesystem::path>()> paths;
  const std::function<void()> changed;
  std::mutex mutex;
  std::condition_variable_any wake;

  // The thread's own once it runs.
  steady_clock::duration cost{};  // of the last look
  FileFingerprint seen;

  std::jthread thread;
};

FileWatch::FileWatch(std::vector<std::filesystem::path> paths, std::function<void()> changed)
    : FileWatch([paths = std::move(paths)] { return paths; }, std::move(changed)) {}

FileWatch::FileWatch(std::function<std::vector<std::filesystem::path>()> paths,
                     std::function<void()> changed)
    : impl_(std::make_unique<Impl>(std::move(paths), std::move(changed))) {}

FileWatch::~FileWatch() = default;

}  // namespace railhook

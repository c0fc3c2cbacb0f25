#include "k8sclient/watch/reflector.h"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <random>
#include <thread>
#include <utility>

#include "base/json.h"
#include "base/log.h"
#include "k8sclient/watch/reflect_step.h"
#include "k8sclient/watch/watch_event.h"

namespace railhook {
namespace {

constexpr int kShortestWatch = 240;  // seconds; spread, so that watches don't all end together
constexpr int kLongestWatch = 480;

}  // namespace

struct Reflector::Impl {
  Transport& transport;
  const Selection selection;
  ObjectSink& sink;
  std::mt19937 random{std::random_device()()};
  ReflectState state;  // of the thread alone

  mutable std::mutex mutex;
  Status status;  // guarded by mutex
  std::condition_variable_any wake;
  std::jthread thread;  // last: joined before what it uses goes

  Impl(Transport& to, Selection what, ObjectSink& into)
      : transport(to), selection(std::move(what)), sink(into) {}

  void Run(const std::stop_token& stop) {
    const KubeClient client(transport, stop);
    while (!stop.stop_requested()) {
      Wait(stop);
      if (stop.stop_requested()) return;
      const ReflectInput input =
          state.phase == ReflectState::Phase::kList ? ListOnce(client) : WatchOnce(client);
      if (stop.stop_requested()) return;  // what came in tells of our own end
      Note(input);
      const bool listing = state.phase == ReflectState::Phase::kList;
      if (listing && IsAbsent(input)) Empty();  // who finds nothing has been told why
      state = Next(std::move(state), input);
    }
  }

  void Wait(const std::stop_token& stop) {
    const auto wait = WaitBefore(state, std::uniform_real_distribution(0.0, 1.0)(random));
    std::unique_lock lock(mutex);
    wake.wait_for(lock, stop, wait, [] { return false; });
  }

  // A list begins with its answer: a request that fails costs nothing that is known.
  ReflectInput ListOnce(const KubeClient& client) {
    bool begun = !state.next_page.empty();
    const auto begin = [&] {
      if (!std::exchange(begun, true)) sink.BeginList();
    };
    const auto page = client.List(selection, state.next_page, kPageSize, [&](const Json& object) {
      begin();
      sink.Put(object);
    });
    if (!page) return page.error();
    begin();
    if (page->next.empty()) sink.EndList();
    return Listed{page->next, page->resource_version};
  }

  static bool IsAbsent(const ReflectInput& input) {
    const auto* error = std::get_if<Error>(&input);
    return error != nullptr && error->code == ErrorCode::kNotFound;
  }

  void Empty() {
    sink.BeginList();
    sink.EndList();
  }

  ReflectInput WatchOnce(const KubeClient& client) {
    std::optional<Error> failure;
    const int seconds = std::uniform_int_distribution(kShortestWatch, kLongestWatch)(random);
    const auto on_line = [&](std::string_view line) {
      auto took = Take(line);
      if (!took) failure = std::move(took).error();
      return !failure;
    };
    const auto on_begun = [this] { NoteBegun(); };
    auto watched = client.Watch(selection, state.resource_version, seconds, on_line, on_begun);
    if (failure) return *std::move(failure);
    if (!watched) return std::move(watched).error();
    return Ended{};
  }

  Result<> Take(std::string_view line) {
    Json object;
    const WatchEventType type = TRY(ReadWatchEvent(line, object));
    if (type == WatchEventType::kPut) sink.Put(object);
    if (type == WatchEventType::kDeleted) sink.Remove(object);
    const Seen seen{ResourceVersionOf(object)};
    Note(seen);
    state = Next(std::move(state), seen);
    return {};
  }

  void Note(const ReflectInput& input) {
    const std::lock_guard lock(mutex);
    if (const auto* error = std::get_if<Error>(&input)) {
      NoteFailure(*error);
    } else if (std::holds_alternative<Ended>(input)) {
      ++status.ended;
    } else {
      const auto* listed = std::get_if<Listed>(&input);
      if (listed == nullptr || listed->next_page.empty()) NoteSuccess(listed);
    }
  }

  // Where nothing changes the first event is a long way off.
  void NoteBegun() {
    const std::lock_guard lock(mutex);
    NoteSuccess(nullptr);
  }

  void NoteFailure(const Error& error) {
    status.absent = error.code == ErrorCode::kNotFound;
    if (error.code == ErrorCode::kGone) {
      ++status.expired;
      return;
    }
    ++status.failures;
    if (status.absent) status.heard = std::chrono::system_clock::now();
    if (status.error == error.message) return;
    status.error = error.message;
    const auto level = status.absent ? LogLevel::kInfo : LogLevel::kWarning;
    Log(level,
        status.absent ? "the cluster has no such resource yet" : "reading from the cluster fails",
        {{"resource", selection.type.plural}, {"error", error.message}});
  }

  void NoteSuccess(const Listed* listed) {
    if (!status.error.empty())
      Log(LogLevel::kInfo, "reading from the cluster again", {{"resource", selection.type.plural}});
    status.error.clear();
    status.absent = false;
    status.heard = std::chrono::system_clock::now();
    if (listed != nullptr) ++status.lists;
  }
};

Reflector::Reflector(Transport& transport, Selection selection, ObjectSink& sink)
    : impl_(std::make_unique<Impl>(transport, std::move(selection), sink)) {
  impl_->thread = std::jthread([impl = impl_.get()](std::stop_token stop) { impl->Run(stop); });
}

Reflector::~Reflector() = default;

Reflector::Status Reflector::status() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->status;
}

}  // namespace railhook

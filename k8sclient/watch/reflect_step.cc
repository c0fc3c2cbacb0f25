#include "k8sclient/watch/reflect_step.h"

#include <algorithm>
#include <utility>

namespace railhook {
namespace {

using std::chrono::milliseconds;
using Phase = ReflectState::Phase;

constexpr milliseconds kFirstWait(100);
constexpr milliseconds kLongestWait(10'000);
constexpr milliseconds kAbsentWait(2'000);
constexpr int kMostDoublings = 7;

ReflectState ListAgain(ReflectState state) {
  state.phase = Phase::kList;
  state.next_page.clear();
  state.resource_version.clear();
  return state;
}

struct Step {
  ReflectState state;

  ReflectState operator()(const Listed& in) {
    state.wait = false;
    state.absent = false;
    state.next_page = in.next_page;
    if (!in.next_page.empty()) return std::move(state);
    state.phase = Phase::kWatch;
    state.resource_version = in.resource_version;
    return std::move(state);
  }

  ReflectState operator()(const Seen& in) {
    state.resource_version = in.resource_version;
    state.failures = 0;
    state.wait = false;
    state.lost_once = false;
    return std::move(state);
  }

  ReflectState operator()(const Ended&) {
    state.wait = state.failures > 0;
    ++state.failures;
    return std::move(state);
  }

  ReflectState operator()(const Error& in) {
    const bool gone = in.code == ErrorCode::kGone;
    state.wait = !gone || state.lost_once;
    state.lost_once = state.lost_once || gone;
    state.absent = in.code == ErrorCode::kNotFound;
    ++state.failures;
    const bool lost = gone || in.code == ErrorCode::kInvalid || state.absent;
    return lost ? ListAgain(std::move(state)) : std::move(state);
  }
};

}  // namespace

ReflectState Next(ReflectState state, const ReflectInput& input) {
  return std::visit(Step{std::move(state)}, input);
}

milliseconds WaitBefore(const ReflectState& state, double random) {
  if (!state.wait) return milliseconds(0);
  const int doublings = std::clamp(state.failures - 1, 0, kMostDoublings);
  const auto grown = std::min(kFirstWait * (1 << doublings), kLongestWait);
  const auto most = state.absent ? kAbsentWait : grown;
  return milliseconds(static_cast<long>(static_cast<double>(most.count()) * (0.5 + random / 2)));
}

}  // namespace railhook

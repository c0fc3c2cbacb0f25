#include "vfmanager/backoff.h"

#include <algorithm>

namespace railhook {
namespace {

constexpr std::chrono::seconds kFirst(1);
constexpr std::chrono::seconds kLongest(120);
constexpr std::chrono::minutes kCalm(1);
constexpr int kMostDoublings = 7;  // reach the longest

}  // namespace

void Backoff::Failed(Clock::time_point now) {
  due_ = now + std::min(kFirst * (1 << std::min(failures_, kMostDoublings)), kLongest);
  last_ = now;
  ++failures_;
}

void Backoff::Succeeded(Clock::time_point now) {
  if (now - last_ >= kCalm) Reset();
}

std::chrono::milliseconds Backoff::Wait(Clock::time_point now) const {
  if (IsDue(now)) return std::chrono::milliseconds(0);
  return std::chrono::ceil<std::chrono::milliseconds>(due_ - now);
}

}  // namespace railhook

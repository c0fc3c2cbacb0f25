#include "vfmanager/backoff.h"

#include <doctest/doctest.h>

#include <vector>

namespace railhook {
namespace {

using namespace std::chrono_literals;

TEST_CASE("pauses after failures double, up to two minutes, and begin anew after a success") {
  const Backoff::Clock::time_point now(1h);
  Backoff backoff;
  CHECK(backoff.IsDue(now));
  std::vector<std::chrono::milliseconds> pauses;
  for (int i = 0; i < 12; ++i) {
    backoff.Failed(now);
    pauses.push_back(backoff.Wait(now));
  }
  CHECK(pauses == std::vector<std::chrono::milliseconds>{1s, 2s, 4s, 8s, 16s, 32s, 64s, 120s, 120s,
                                                         120s, 120s, 120s});
  CHECK(backoff.failures() == 12);
  CHECK_FALSE(backoff.IsDue(now + 119s));
  CHECK(backoff.IsDue(now + 120s));
  CHECK(backoff.Wait(now + 121s) == 0ms);
  backoff.Reset();
  CHECK(backoff.IsDue(now));
  CHECK(backoff.failures() == 0);
}

TEST_CASE("what is undone soon after a success is tried more slowly each time") {
  const Backoff::Clock::time_point now(1h);
  Backoff backoff;
  backoff.Failed(now);
  backoff.Succeeded(now + 1s);
  CHECK(backoff.failures() == 1);
  backoff.Failed(now + 2s);
  CHECK(backoff.Wait(now + 2s) == 2s);
  backoff.Succeeded(now + 61s);
  CHECK(backoff.failures() == 2);
  backoff.Succeeded(now + 62s);
  CHECK(backoff.failures() == 0);
  CHECK(backoff.IsDue(now + 62s));
}

}  // namespace
}  // namespace railhook

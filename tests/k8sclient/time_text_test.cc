#include "k8sclient/time_text.h"

#include <doctest/doctest.h>

namespace railhook {
namespace {

using Time = std::chrono::system_clock::time_point;

Time At(long micros) { return Time(std::chrono::microseconds(micros)); }

TEST_CASE("times are UTC, with and without microseconds") {
  CHECK(MicroTime(At(0)) == "1970-01-01T00:00:00.000000Z");
  CHECK(MicroTime(At(1'769'860'800'000'042)) == "2026-01-31T12:00:00.000042Z");
  CHECK(MicroTime(At(1'769'860'800'999'999)) == "2026-01-31T12:00:00.999999Z");
  CHECK(SecondTime(At(1'769'860'800'999'999)) == "2026-01-31T12:00:00Z");
  CHECK(SecondTime(At(1'709'164'800'000'000)) == "2024-02-29T00:00:00Z");
}

}  // namespace
}  // namespace railhook

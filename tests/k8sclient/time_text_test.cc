#include "k8sclient/time_text.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

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

// In seconds since 1970, or the error's text.
std::string Show(std::string_view text) {
  const auto time = ReadTime(text);
  if (!time) return time.error().message;
  return std::to_string(std::chrono::system_clock::to_time_t(*time));
}

TEST_CASE("ReadTime: any fraction, any zone") {
  CHECK(Show("2026-01-31T12:00:00Z") == "1769860800");
  CHECK(Show("2026-01-31T12:00:00.999999999Z") == "1769860800");
  CHECK(Show("2026-01-31T14:00:00+02:00") == "1769860800");
  CHECK(Show("2026-01-31T06:30:00.5-05:30") == "1769860800");
  CHECK(Show(SecondTime(std::chrono::system_clock::from_time_t(5))) == "5");
  CHECK(Show(MicroTime(std::chrono::system_clock::from_time_t(5))) == "5");
}

TEST_CASE("ReadTime: a time that no clock can hold is the nearest one") {
  CHECK(Show("9999-12-31T23:59:59Z") == "9223372036");
  CHECK(Show("0001-01-01T00:00:00Z") == "-9223372036");
}

TEST_CASE("ReadTime: what is no time") {
  for (const std::string_view text :
       {"", "soon", "2026-01-31", "2026-01-31T12:00:00", "2026-01-31 12:00:00Z",
        "2026-01-31T12:00:00+02", "2026-01-31T12:00:00+0200", "2026-01-31T12:00:00+-1:00",
        "2026-13-31T12:00:00Z", "2026-01-31T12:00:00Zx", "2026-01-31T12:00:00."}) {
    CHECK(Show(text) == '"' + std::string(text) + "\" is no time (RFC 3339)");
  }
}

}  // namespace
}  // namespace railhook

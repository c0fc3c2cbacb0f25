#include "webhook/server/throttle.h"

#include <doctest/doctest.h>

namespace railhook {
namespace {

TEST_CASE("a throttle lets one pass, and the next one only after the pause") {
  const auto start = Throttle::Clock::now();
  Throttle throttle(std::chrono::seconds(10));
  CHECK(throttle.LetsPass(start));
  CHECK(!throttle.LetsPass(start));
  CHECK(!throttle.LetsPass(start + std::chrono::milliseconds(9'999)));
  CHECK(throttle.LetsPass(start + std::chrono::seconds(10)));
  CHECK(!throttle.LetsPass(start + std::chrono::seconds(19)));
}

}  // namespace
}  // namespace railhook

#include "certs/lifetimes.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "certs/authority.h"
#include "tls/openssl.h"

namespace railhook {
namespace {

using namespace std::chrono_literals;

constexpr std::time_t kMade = 1'800'000'000;
constexpr std::time_t kDay = 86'400;

Term Lasting(std::time_t life, double lot = 0) { return {kMade - 3600, kMade + life, lot}; }

TEST_CASE("a certificate is renewed at two thirds of its life, or a twentieth sooner by its lot") {
  const auto life = 90 * 24h;
  CHECK_FALSE(IsDue(Lasting(90 * kDay), life, kMade));
  CHECK_FALSE(IsDue(Lasting(90 * kDay), life, kMade + 60 * kDay - 1));
  CHECK(IsDue(Lasting(90 * kDay), life, kMade + 60 * kDay));
  CHECK_FALSE(IsDue(Lasting(90 * kDay, 0.996), life, kMade + 55 * kDay));
  CHECK(IsDue(Lasting(90 * kDay, 0.996), life, kMade + 56 * kDay));
  CHECK(IsDue(Lasting(90 * kDay), life, kMade + 1000 * kDay));
}

TEST_CASE("one that lasts longer than is wanted now is renewed as if it lasted so long") {
  CHECK_FALSE(IsDue(Lasting(90 * kDay), 60s, kMade + 39));
  CHECK(IsDue(Lasting(90 * kDay), 60s, kMade + 40));
  CHECK(IsDue(Lasting(60), 90 * 24h, kMade + 40));
}

TEST_CASE("one that isn't valid yet, by a clock that was ahead, is renewed at once") {
  CHECK(IsDue(Lasting(90 * kDay), 90 * 24h, kMade - 3601));
  CHECK_FALSE(IsDue(Lasting(90 * kDay), 90 * 24h, kMade - 3599));
}

TEST_CASE("the last fifth of a life is the end of it") {
  CHECK_FALSE(EndsSoon(Lasting(100), kBackdated, kMade + 80));
  CHECK(EndsSoon(Lasting(100), kBackdated, kMade + 81));
  CHECK(EndsSoon(Lasting(100), kBackdated, kMade + 101));
  CHECK_FALSE(EndsSoon({kMade, kMade + 100, 0}, {}, kMade + 80));
  CHECK(EndsSoon({kMade, kMade + 100, 0}, {}, kMade + 81));
}

TEST_CASE("the term of a certificate, whose lot is the same each time and seldom that of another") {
  const auto authority = Authority::Make(kMade, 10min).value();
  const Term term = TermOf(authority.certificate()).value();
  CHECK(term.valid_from == kMade - 3600);
  CHECK(term.ends == kMade + 600);
  CHECK(TermOf(authority.certificate())->lot == term.lot);
  double least = 1;
  double most = 0;
  for (int i = 0; i < 40; ++i) {
    const double lot = TermOf(Authority::Make(kMade).value().certificate())->lot;
    least = std::min(least, lot);
    most = std::max(most, lot);
  }
  CHECK(least >= 0);
  CHECK(most < 1);
  CHECK(most - least > 0.5);
}

}  // namespace
}  // namespace railhook

#include "webhook/server/body_budget.h"

#include <doctest/doctest.h>

#include <memory>
#include <optional>

namespace railhook {
namespace {

TEST_CASE("claims grow until nothing is left, and give back what they had") {
  BodyBudget budget(100);
  BodyBudget::Claim a(budget);
  std::optional<BodyBudget::Claim> b(budget);
  CHECK(a.GrowTo(60));
  CHECK(!b->GrowTo(41));
  CHECK(b->GrowTo(40));
  CHECK(!a.GrowTo(61));
  b.reset();
  CHECK(a.GrowTo(100));
  CHECK(!a.GrowTo(101));
  a.GiveBack();
  CHECK(a.GrowTo(100));
}

TEST_CASE("a claim that failed takes nothing") {
  BodyBudget budget(100);
  BodyBudget::Claim a(budget);
  BodyBudget::Claim b(budget);
  for (int i = 0; i < 10; ++i) CHECK(!a.GrowTo(101));
  CHECK(b.GrowTo(100));
  CHECK(a.GrowTo(0));
}

}  // namespace
}  // namespace railhook

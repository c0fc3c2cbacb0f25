#include "policy/vf_range.h"

#include <doctest/doctest.h>

namespace railhook {
namespace {

TEST_CASE("ranges that overlap or touch are joined, whatever their order") {
  CHECK(Joined({{4, 5}, {0, 1}, {2, 2}, {5, 7}}) == VfSet{{0, 2}, {4, 7}});
  CHECK(Joined({{0, 9}, {2, 3}}) == VfSet{{0, 9}});
  CHECK(Joined({}).empty());
}

TEST_CASE("what is taken away leaves the rest on both sides") {
  CHECK(Without({{0, 7}}, {{2, 3}, {5, 5}}) == VfSet{{0, 1}, {4, 4}, {6, 7}});
  CHECK(Without({{0, 3}, {6, 7}}, {{0, 9}}).empty());
  CHECK(Without({{2, 3}}, {{0, 1}, {4, 5}}) == VfSet{{2, 3}});
  CHECK(Without({{0, 3}}, {}) == VfSet{{0, 3}});
}

TEST_CASE("what is common stands in both") {
  CHECK(Common({{0, 3}, {6, 9}}, {{2, 7}}) == VfSet{{2, 3}, {6, 7}});
  CHECK(Common({{0, 3}}, {{4, 5}}).empty());
}

TEST_CASE("VFs as people write them") {
  CHECK(TextOf(VfRange{2, 2}) == "2");
  CHECK(TextOf(VfRange{0, 3}) == "0-3");
  CHECK(TextOf(VfSet{{2, 2}}) == "VF 2");
  CHECK(TextOf(VfSet{{0, 3}}) == "VFs 0-3");
  CHECK(TextOf(VfSet{{0, 1}, {3, 3}, {6, 7}}) == "VFs 0-1, 3 and 6-7");
  CHECK(TextOf(VfSet{}) == "no VF");
}

}  // namespace
}  // namespace railhook

#include "webhook/inject/namespace_pools.h"

#include "base/text.h"
#include "tests/webhook/inject/yaml_fixture.h"

namespace railhook {
namespace {

Rail RailWith(std::vector<std::string> pools, bool has_own_ipam = false) {
  Rail rail;
  rail.pools = std::move(pools);
  rail.has_own_ipam = has_own_ipam;
  return rail;
}

std::string Lines(const StringMap& annotations, const Rail& rail) {
  return Join(DescribeNamespacePools(annotations, {&rail}), " | ");
}

TEST_CASE("DescribeNamespacePools: lists of names beat the rails' pools") {
  const Rail rail = RailWith({"p"});
  const std::string v4 = "ipam.spidernet.io/default-ipv4-ippool";
  const std::string v6 = "ipam.spidernet.io/default-ipv6-ippool";
  const std::string beats = "the namespace's pools beat those of the rails: ";
  CHECK(Lines({}, rail).empty());
  CHECK(Lines({{"ipam.spidernet.io/other", "[\"a\"]"}}, rail).empty());
  CHECK(Lines({{v4, "[\"a\"]"}}, rail) == beats + v4 + ": [\"a\"]");
  CHECK(Lines({{v4, "[\"a\"]"}, {v6, "[\"b\"]"}}, rail) ==
        beats + v4 + ": [\"a\"] | " + beats + v6 + ": [\"b\"]");
  CHECK(Lines({{v4, "[]"}}, rail).empty());
}

TEST_CASE("DescribeNamespacePools: what is no list of names leaves rails without addresses") {
  const Rail rail = RailWith({"p"});
  for (const std::string_view value : {"a", "", "{}", "[1]", "\"a\""}) {
    CAPTURE(value);
    CHECK(Lines({{"ipam.spidernet.io/default-ipv6-ippool", std::string(value)}}, rail)
              .starts_with("rails get no addresses"));
  }
}

TEST_CASE("DescribeNamespacePools: rails without pools don't care") {
  const StringMap annotations = {{"ipam.spidernet.io/default-ipv4-ippool", "[\"a\"]"}};
  CHECK(Lines(annotations, RailWith({})).empty());
  CHECK(Lines(annotations, RailWith({"p"}, true)).empty());
  const Rail one = RailWith({}), other = RailWith({"p"});
  CHECK(DescribeNamespacePools(annotations, {&one, &other}).size() == 1);
}

}  // namespace
}  // namespace railhook

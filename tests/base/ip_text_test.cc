#include "base/ip_text.h"

#include <doctest/doctest.h>

#include <string>

namespace railhook {
namespace {

TEST_CASE("an address says its family") {
  for (const char* text : {"10.1.0.7", "0.0.0.0", "255.255.255.255"}) {
    CHECK(FamilyOfAddress(text) == IpFamily::kIpv4);
  }
  for (const char* text : {"fd00::7", "::", "::ffff:10.0.0.1"}) {
    CHECK(FamilyOfAddress(text) == IpFamily::kIpv6);
  }
  for (const char* text :
       {"", "10.1.0", "10.1.0.256", "10.1.0.07", "10.1.0.7 ", "fd00:::7", "a", "10.1.0.7/8"}) {
    CAPTURE(text);
    CHECK_FALSE(FamilyOfAddress(text));
  }
  CHECK_FALSE(FamilyOfAddress(std::string("10.1.0.7\0", 9)));
}

TEST_CASE("a prefix is as long as its family allows") {
  CHECK(FamilyOfPrefix("10.1.0.0/0") == IpFamily::kIpv4);
  CHECK(FamilyOfPrefix("10.1.0.0/32") == IpFamily::kIpv4);
  CHECK(FamilyOfPrefix("fd00::/128") == IpFamily::kIpv6);
  for (const char* text :
       {"10.1.0.0", "10.1.0.0/", "10.1.0.0/33", "10.1.0.0/-1", "10.1.0.0/8a", "fd00::/129", "/8"}) {
    CAPTURE(text);
    CHECK_FALSE(FamilyOfPrefix(text));
  }
}

}  // namespace
}  // namespace railhook

#include "vfmanager/ip_prefix.h"

#include <doctest/doctest.h>

namespace railhook {
namespace {

IpPrefix P(std::string_view text) {
  const auto prefix = IpPrefix::Parse(text);
  REQUIRE(prefix);
  return *prefix;
}

TEST_CASE("a prefix is written as it was read") {
  for (const char* text : {"172.16.0.10/24", "0.0.0.0/0", "fd00:1::7/64", "10.0.0.1/32"}) {
    CHECK(P(text).Text() == text);
  }
  for (const char* text : {"", "10.0.0.1", "10.0.0.1/33", "fd00::/129", "x/8"}) {
    CAPTURE(text);
    CHECK(!IpPrefix::Parse(text));
  }
}

TEST_CASE("a prefix holds those that begin with it, of its own family") {
  CHECK(P("172.16.0.0/16").Contains(P("172.16.9.10/24")));
  CHECK(P("172.16.0.0/20").Contains(P("172.16.15.255/32")));
  CHECK(!P("172.16.0.0/20").Contains(P("172.16.16.0/32")));
  CHECK(!P("172.16.0.0/24").Contains(P("172.16.0.0/16")));
  CHECK(P("0.0.0.0/0").Contains(P("10.0.0.1/32")));
  CHECK(!P("0.0.0.0/0").Contains(P("fd00::1/128")));
  CHECK(P("fd00:1::/33").Contains(P("fd00:1:7fff::/48")));
  CHECK(!P("fd00:1::/33").Contains(P("fd00:1:8000::/48")));
}

TEST_CASE("the common network is the smallest that holds all") {
  CHECK(CommonNetwork({P("172.16.11.10/24"), P("172.16.12.10/24")}) == P("172.16.8.0/21"));
  CHECK(CommonNetwork({P("172.16.11.10/24")}) == P("172.16.11.0/24"));
  CHECK(CommonNetwork({P("10.0.0.1/8"), P("172.16.0.1/16")}) == P("0.0.0.0/0"));
  CHECK(!CommonNetwork({P("10.0.0.1/8"), P("fd00::1/64")}));
  CHECK(!CommonNetwork({}));
}

TEST_CASE("bytes are an address when there are as many as it has") {
  for (const std::size_t size : {0, 3, 5, 15, 17})
    CHECK(!IpPrefix::FromBytes(std::string(size, 'x'), 24));
  CHECK(IpPrefix::FromBytes(std::string_view("\xAC\x10\x00\x0A", 4), 24) == P("172.16.0.10/24"));
  CHECK(IpPrefix::FromBytes(std::string_view("\xAC\x10\x00\x0A", 4), 99)->length == 32);
}

}  // namespace
}  // namespace railhook

#include "vfmanager/hardware_address.h"

#include <doctest/doctest.h>

namespace railhook {
namespace {

TEST_CASE("a MAC is read and written with colons") {
  const auto mac = MacAddress::Parse("02:5A:00:01:80:ff");
  REQUIRE(mac);
  CHECK(mac->Text() == "02:5a:00:01:80:ff");
}

TEST_CASE("what is no MAC isn't read as one") {
  for (const char* text : {"", "02", "02:5a:00:01:80", "02:5a:00:01:80:ff:00", "02:5a:00:01:80:f",
                           "02:5a:00:01:80:fg", "025a000180ff", "02-5a-00-01-80-ff",
                           "02:5a:00:01:80:ff:", "-2:5a:00:01:80:ff", "02:5a:00:01:80: f"}) {
    CAPTURE(text);
    CHECK(!MacAddress::Parse(text));
  }
}

TEST_CASE("a GUID is read with colons after each byte, after each two, and without") {
  for (const char* text : {"00:11:22:33:44:55:66:77", "0011:2233:4455:6677", "0011223344556677"}) {
    CAPTURE(text);
    const auto guid = Guid::Parse(text);
    REQUIRE(guid);
    CHECK(guid->value == 0x0011223344556677U);
    CHECK(guid->Text() == "00:11:22:33:44:55:66:77");
  }
}

TEST_CASE("what is no GUID isn't read as one") {
  for (const char* text :
       {"", ":", "0011:2233:4455", "0011:2233:4455:667", "0011:2233:4455:66778",
        "0011:2233:4455:6677:8899", "00:11:22:33:44:55:66", "00:11:2233:44:55:66:77",
        "001122334455667", "0x11223344556677", "001122334455667z", "000:111:222:333:444:5"}) {
    CAPTURE(text);
    CHECK(!Guid::Parse(text));
  }
}

TEST_CASE("zeros and ones are what nobody has set") {
  CHECK(!MacAddress{}.IsSet());
  CHECK(!MacAddress::Parse("ff:ff:ff:ff:ff:ff")->IsSet());
  CHECK(MacAddress::Parse("00:00:00:00:00:01")->IsSet());
  CHECK(!Guid{}.IsSet());
  CHECK(!Guid{~std::uint64_t{0}}.IsSet());
  CHECK(Guid{1}.IsSet());
}

}  // namespace
}  // namespace railhook

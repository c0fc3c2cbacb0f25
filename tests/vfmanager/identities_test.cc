#include "vfmanager/identities.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "tests/certs/temporary_directory.h"

namespace railhook {
namespace {

PhysicalFunction Pf(const std::string& address = "0000:04:00.0",
                    const std::string& guid = "b8:ce:f6:03:00:00:00:01") {
  PhysicalFunction pf;
  pf.address = address;
  pf.permanent_mac = *MacAddress::Parse("b8:ce:f6:00:00:01");
  pf.rdma = RdmaDevice{"mlx5_0", Guid::Parse(guid), {}};
  return pf;
}

Identities Parsed(std::string_view text) {
  auto identities = Identities::Parse(text);
  if (!identities) FAIL(std::string_view(identities.error().message));
  return *identities;
}

std::string Refusal(std::string_view text) {
  const auto identities = Identities::Parse(text);
  REQUIRE_FALSE(identities);
  return identities.error().message;
}

// Nodes keep the addresses that they were given: no version may derive others.
TEST_CASE("derived addresses stay what they are for ever") {
  const Identities identities;
  CHECK(identities.GuidOf(Pf(), 0).Text() == "06:51:68:be:ac:2f:41:55");
  CHECK(identities.GuidOf(Pf(), 1).Text() == "06:83:a3:de:d7:2b:65:f7");
  CHECK(identities.MacOf(Pf(), 0).Text() == "96:4a:15:ff:db:d6");
  CHECK(identities.MacOf(Pf(), 1).Text() == "36:de:24:dc:b4:c7");
}

TEST_CASE("derived addresses are set, locally administered, and all different") {
  const Identities identities;
  std::set<Guid> guids;
  std::set<MacAddress> macs;
  for (int bus = 0; bus < 8; ++bus) {
    const PhysicalFunction pf = Pf("0000:0" + std::to_string(bus) + ":00.0");  // of one bond
    for (int vf = 0; vf < 128; ++vf) {
      const Guid guid = identities.GuidOf(pf, vf);
      const MacAddress mac = identities.MacOf(pf, vf);
      CHECK((guid.value >> 56) == 0x06);
      CHECK((mac.bytes[0] & 0x0f) == 0x06);
      guids.insert(guid);
      macs.insert(mac);
    }
  }
  CHECK(guids.size() == 8 * 128);
  CHECK(macs.size() == 8 * 128);
}

TEST_CASE("the MAC that a PF has in a bond doesn't count") {
  PhysicalFunction pf = Pf();
  pf.mac = *MacAddress::Parse("02:00:00:00:00:99");
  CHECK(Identities::MacOf(pf, 0) == Identities::MacOf(Pf(), 0));
  pf.rdma.reset();
  PhysicalFunction alone = pf;
  alone.mac = {};
  CHECK(Identities().GuidOf(pf, 0) == Identities().GuidOf(alone, 0));
}

TEST_CASE("a PF without a GUID has VFs with GUIDs") {
  const Identities identities;
  PhysicalFunction pf = Pf("0000:04:00.0", "00:00:00:00:00:00:00:00");
  const Guid guid = identities.GuidOf(pf, 0);
  CHECK(guid.IsSet());
  pf.rdma.reset();
  CHECK(identities.GuidOf(pf, 0) == guid);
}

TEST_CASE("the static file's GUIDs go before derived ones, in either spelling of its keys") {
  for (
      const char* text : {
          R"([{"pciAddress": "0000:04:00.0", "guids": ["02:00:00:00:00:00:00:0a", "02:00:00:00:00:00:00:0b"]}])",
          R"([{"pci_address": "0000:04:00.0", "guidsRange": {"start": "02:00:00:00:00:00:00:0a", "end": "02:00:00:00:00:00:00:0b"}}])",
          R"([{"pfGuid": "b8:ce:f6:03:00:00:00:01", "guids_range": {"start": "02:00:00:00:00:00:00:0a", "end": "02:00:00:00:00:00:00:0b"}}])",
          R"([{"pf_guid": "b8:ce:f6:03:00:00:00:01", "guids": ["02:00:00:00:00:00:00:0a", "02:00:00:00:00:00:00:0b"]}])",
      }) {
    CAPTURE(text);
    const Identities identities = Parsed(text);
    CHECK(identities.GuidOf(Pf(), 0).value == 0x020000000000000a);
    CHECK(identities.GuidOf(Pf(), 1).value == 0x020000000000000b);
    CHECK(identities.GuidOf(Pf(), 2) == Identities().GuidOf(Pf(), 2));
    const PhysicalFunction other = Pf("0000:05:00.0", "b8:ce:f6:03:00:00:00:02");
    CHECK(identities.GuidOf(other, 0) == Identities().GuidOf(other, 0));
  }
}

TEST_CASE("a PF's address counts in upper case, too; an entry for no PF is told") {
  const Identities identities = Parsed(
      R"([{"pciAddress": "0000:AF:00.0", "guids": ["02:00:00:00:00:00:00:0a"]},
          {"pfGuid": "b8:ce:f6:03:00:00:00:09", "guids": ["02:00:00:00:00:00:00:0b"]}])");
  CHECK(identities.GuidOf(Pf("0000:af:00.0"), 0).value == 0x020000000000000a);
  const std::string other =
      "the static GUIDs of b8:ce:f6:03:00:00:00:09 are for none of this node's PFs";
  CHECK(identities.Strays({Pf("0000:af:00.0")}) == std::vector<std::string>{other});
  CHECK(identities.Strays({}).size() == 2);
}

TEST_CASE("a GUID that is there twice is refused") {
  const std::string one =
      R"({"pciAddress": "0000:04:00.0", "guids": ["02:00:00:00:00:00:00:0a", "02:00:00:00:00:00:00:)";
  const std::string range =
      R"({"pciAddress": "0000:05:00.0", "guidsRange": {"start": "02:00:00:00:00:00:00:05", "end": "02:00:00:00:00:00:00:)";
  CHECK(Refusal('[' + one + "0a\"]}]") ==
        "entry 0: GUID 02:00:00:00:00:00:00:0a is there twice: each VF needs its own");
  CHECK(Refusal('[' + range + "0a\"}}, " + one + "0b\"]}]") ==
        "entry 1: GUID 02:00:00:00:00:00:00:0a is there twice, also in entry 0: each VF needs its "
        "own");
  Parsed('[' + range + "09\"}}, " + one + "0b\"]}]");
}

TEST_CASE("a static file that is wrong names entry, key and value") {
  CHECK(Refusal("{}") == "it is no list of PFs with their GUIDs");
  CHECK(Refusal("[7]") == "entry 0: it is no object");
  CHECK(Refusal(R"([{"guids": ["02:00:00:00:00:00:00:0a"]}])") ==
        "entry 0: it has to name its PF by one of pciAddress and pfGuid");
  CHECK(Refusal(R"([{"pciAddress": "04:00.0"}])") ==
        "entry 0: pciAddress is \"04:00.0\": write a PF's PCI address with its domain, such as "
        "\"0000:04:00.0\"");
  CHECK(Refusal(R"([{"pciAddress": "0000:04:00.0"}])") ==
        "entry 0: it has to have one of guids and guidsRange");
  CHECK(Refusal(R"([{"pciAddress": "0000:04:00.0", "guids": []}])") ==
        "entry 0: guids is no list of GUIDs");
  CHECK(Refusal(R"([{"pciAddress": "0000:04:00.0", "guids": ["zz"]}])")
            .starts_with("entry 0: guids[0] is \"zz\": write a GUID such as"));
  CHECK(Refusal(R"([{"pfGuid": "00:00:00:00:00:00:00:00", "guids": ["02:00:00:00:00:00:00:0a"]}])")
            .starts_with("entry 0: pfGuid is \"00:00:00:00:00:00:00:00\""));
  CHECK(Refusal(R"([{"pciAdress": "0000:04:00.0", "guids": []}])")
            .starts_with("entry 0: \"pciAdress\" is no key of it"));
  CHECK(
      Refusal(
          R"([{"pciAddress": "0000:04:00.0", "guidsRange": {"start": "02:00:00:00:00:00:00:0b", "end": "02:00:00:00:00:00:00:0a"}}])") ==
      "entry 0: guidsRange.start 02:00:00:00:00:00:00:0b is above its end 02:00:00:00:00:00:00:0a");
}

TEST_CASE("without a file all is derived; one that is wrong is named") {
  const TemporaryDirectory directory;
  const auto none = ReadIdentities(directory.path() / "guids");
  REQUIRE(none);
  CHECK(none->GuidOf(Pf(), 3) == Identities().GuidOf(Pf(), 3));
  directory.Write("guids", "[7]");
  const auto wrong = ReadIdentities(directory.path() / "guids");
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().message.ends_with("guids: entry 0: it is no object"));
}

}  // namespace
}  // namespace railhook

#include "vfmanager/link_messages.h"

#include <doctest/doctest.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "tests/vfmanager/link_message.h"

namespace railhook {
namespace {

std::optional<Link> OnlyLink(const std::string& bytes) {
  const auto answers = SplitAnswers(bytes);
  REQUIRE(answers.size() == 1);
  return ReadLink(answers[0]);
}

TEST_CASE("a link is read with its altnames and its VFs") {
  const auto link = OnlyLink(LinkMessage("ens1", ARPHRD_ETHER, {"rail0", "eno1np0"}, {0, 1}));
  REQUIRE(link);
  CHECK(link->name == "ens1");
  CHECK(link->alt_names == std::vector<std::string>{"rail0", "eno1np0"});
  CHECK(link->mac.Text() == "02:5a:00:01:80:00");
  CHECK(link->permanent_mac.Text() == "02:5a:00:01:80:01");
  CHECK(link->mtu == 4200);
  CHECK(link->max_mtu == 9978);
  CHECK(link->up);
  CHECK(link->carrier);
  CHECK(!link->infiniband);
  REQUIRE(link->vfs.size() == 2);
  CHECK(link->vfs.at(1).mac.Text() == "02:00:00:00:00:01");
  CHECK(link->vfs.at(1).node_guid.Text() == "00:11:22:33:44:55:66:01");
  CHECK(link->vfs.at(1).port_guid.Text() == "00:11:22:33:44:55:77:01");
  CHECK(link->vfs.at(1).vlan == 101);
}

TEST_CASE("VFs are known by their number, not by their place: the kernel may leave one out") {
  const auto link = OnlyLink(LinkMessage("ens1", ARPHRD_ETHER, {}, {0, 2}));
  REQUIRE(link);
  CHECK(link->vfs.size() == 2);
  CHECK(link->vfs.at(2).mac.Text() == "02:00:00:00:00:02");
}

TEST_CASE("an InfiniBand link's address is no MAC") {
  const auto link = OnlyLink(LinkMessage("ib0", ARPHRD_INFINIBAND, {}, {}));
  REQUIRE(link);
  CHECK(link->infiniband);
  CHECK(!link->mac.IsSet());
  CHECK(!link->permanent_mac.IsSet());
}

TEST_CASE("a link that is cut off anywhere is read as far as it goes, or not at all") {
  const std::string whole = LinkMessage("ens1", ARPHRD_ETHER, {"rail0"}, {0, 1, 2});
  const std::string payload = whole.substr(sizeof(nlmsghdr));
  for (std::size_t size = 0; size < payload.size(); ++size) {
    const auto link = ReadLink({RTM_NEWLINK, 0, std::string_view(payload).substr(0, size)});
    CHECK((!link || link->vfs.size() <= 3));
  }
  CHECK(!ReadLink({RTM_DELLINK, 0, payload}));
}

TEST_CASE("what the kernel is told names the link and holds nothing by chance") {
  const std::string bytes = SetLinkVfGuid("ens1", 3, Guid{0x0011223344556677}).bytes();
  const auto answers = SplitAnswers(bytes);
  REQUIRE(answers.size() == 1);
  const auto attributes = AttributesAfter<ifinfomsg>(answers[0].payload);
  REQUIRE(attributes.size() == 2);
  CHECK(attributes[0].type == IFLA_IFNAME);
  CHECK(attributes[0].value == std::string_view("ens1\0", 5));
  CHECK(attributes[1].type == IFLA_VFINFO_LIST);
  std::vector<std::uint16_t> told;
  for (const NetlinkAttribute& vf : SplitAttributes(attributes[1].value)) {
    for (const NetlinkAttribute& setting : SplitAttributes(vf.value)) {
      told.push_back(setting.type);
      CHECK(setting.value ==
            std::string_view("\3\0\0\0\0\0\0\0\x77\x66\x55\x44\x33\x22\x11\0", 16));
    }
  }
  CHECK(told == std::vector<std::uint16_t>{IFLA_VF_IB_NODE_GUID, IFLA_VF_IB_PORT_GUID});
}

TEST_CASE("RDMA's mode is read from what sets it") {
  for (const RdmaMode mode : {RdmaMode::kShared, RdmaMode::kExclusive}) {
    const std::string told = TellRdmaMode(mode).bytes();
    const std::string asked = AskRdmaMode().bytes();
    const std::uint16_t type = SplitAnswers(asked)[0].type;
    CHECK(ReadRdmaMode({type, 0, SplitAnswers(told)[0].payload}) == mode);
    CHECK(!ReadRdmaMode({type, 0, ""}));
  }
}

}  // namespace
}  // namespace railhook

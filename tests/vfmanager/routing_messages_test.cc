#include "vfmanager/routing_messages.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

namespace railhook {
namespace {

const std::map<int, std::string> kLinks = {{7, "ens1"}, {8, "ens2"}};

std::uint32_t Ip(const char* text) { return ::inet_addr(text); }

Routing Read(const NetlinkRequest& message) {
  Routing routing;
  for (const NetlinkAnswer& answer : SplitAnswers(message.bytes()))
    ReadInto(routing, answer, kLinks);
  return routing;
}

NetlinkRequest Address(int link, std::uint8_t scope) {
  ifaddrmsg fixed{};
  fixed.ifa_family = AF_INET;
  fixed.ifa_prefixlen = 24;
  fixed.ifa_scope = scope;
  fixed.ifa_index = static_cast<unsigned>(link);
  NetlinkRequest message(RTM_NEWADDR, 0);
  message.Append(fixed).Put(IFA_LOCAL, Ip("172.16.0.10")).Put(IFA_ADDRESS, Ip("172.16.0.99"));
  return message;
}

NetlinkRequest Rule(std::uint32_t flags, std::uint8_t src, std::uint8_t dst,
                    std::uint8_t action = FR_ACT_TO_TBL) {
  fib_rule_hdr fixed{};
  fixed.family = AF_INET;
  fixed.src_len = src;
  fixed.dst_len = dst;
  fixed.action = action;
  fixed.flags = flags;
  NetlinkRequest message(RTM_NEWRULE, 0);
  message.Append(fixed).Put(FRA_TABLE, 1152U).Put(FRA_PRIORITY, 32762U);
  return message;
}

NetlinkRequest Route(std::uint8_t length, std::uint8_t type) {
  rtmsg fixed{};
  fixed.rtm_family = AF_INET;
  fixed.rtm_dst_len = length;
  fixed.rtm_type = type;
  NetlinkRequest message(RTM_NEWROUTE, 0);
  message.Append(fixed).Put(RTA_TABLE, 152U);
  return message;
}

TEST_CASE("a link's own address is read, not the other end's") {
  const Routing routing = Read(Address(7, RT_SCOPE_UNIVERSE));
  REQUIRE(routing.addresses.size() == 1);
  CHECK(routing.addresses[0].link == "ens1");
  CHECK(routing.addresses[0].address.Text() == "172.16.0.10/24");
  CHECK(Read(Address(7, RT_SCOPE_LINK)).addresses.empty());
  CHECK(Read(Address(9, RT_SCOPE_UNIVERSE)).addresses.empty());
}

TEST_CASE("a rule is read with what it looks at, its table and its priority") {
  const Routing routing = Read(Rule(FIB_RULE_INVERT, 0, 16).Put(FRA_DST, Ip("172.16.0.0")));
  REQUIRE(routing.rules.size() == 1);
  const RoutingRule& rule = routing.rules[0];
  CHECK(rule.inverted);
  CHECK(!rule.from);
  CHECK(rule.to->Text() == "172.16.0.0/16");
  CHECK(rule.table == 1152);
  CHECK(rule.priority == 32762);
  const Routing from = Read(Rule(0, 32, 0).Put(FRA_SRC, Ip("172.16.0.10")));
  CHECK(from.rules.at(0).from->Text() == "172.16.0.10/32");
  CHECK(!from.rules.at(0).inverted);
}

TEST_CASE("a rule that looks at more, or leads to no table, is left out") {
  CHECK(Read(Rule(0, 0, 0).PutText(FRA_IIFNAME, "ens1")).rules.empty());
  CHECK(Read(Rule(0, 0, 0).Put(FRA_FWMARK, 1)).rules.empty());
  CHECK(Read(Rule(0, 0, 0, FR_ACT_BLACKHOLE)).rules.empty());
}

TEST_CASE("default routes are read, by one way or by several") {
  CHECK(Read(Route(0, RTN_UNICAST).Put(RTA_OIF, 8)).defaults ==
        std::vector<DefaultRoute>{{"ens2", 152, IpFamily::kIpv4}});
  const rtnexthop ways[] = {{sizeof(rtnexthop), 0, 0, 7}, {sizeof(rtnexthop), 0, 0, 8}};
  const Routing both = Read(Route(0, RTN_UNICAST).Put(RTA_MULTIPATH, ways));
  REQUIRE(both.defaults.size() == 2);
  CHECK(both.defaults[0].link == "ens1");
  CHECK(Read(Route(24, RTN_UNICAST).Put(RTA_OIF, 8)).defaults.empty());
  CHECK(Read(Route(0, RTN_BLACKHOLE).Put(RTA_OIF, 8)).defaults.empty());
}

TEST_CASE("messages that are cut off anywhere do no harm") {
  const rtnexthop ways[] = {{sizeof(rtnexthop), 0, 0, 7}, {sizeof(rtnexthop), 0, 0, 8}};
  for (const NetlinkRequest& message : {Address(7, 0), Rule(0, 32, 32).Put(FRA_SRC, Ip("1.2.3.4")),
                                        Route(0, RTN_UNICAST).Put(RTA_MULTIPATH, ways)}) {
    const NetlinkAnswer whole = SplitAnswers(message.bytes())[0];
    for (std::size_t size = 0; size <= whole.payload.size(); ++size) {
      Routing routing;
      ReadInto(routing, {whole.type, 0, whole.payload.substr(0, size)}, kLinks);
      CHECK(routing.defaults.size() <= 2);
    }
  }
}

}  // namespace
}  // namespace railhook

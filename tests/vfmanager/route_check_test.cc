#include "vfmanager/route_check.h"

#include <doctest/doctest.h>

namespace railhook {
namespace {

IpPrefix P(std::string_view text) { return *IpPrefix::Parse(text); }

PhysicalFunction Rail(const std::string& address, const std::string& name) {
  PhysicalFunction pf;
  pf.address = address;
  pf.name = name;
  pf.link_type = LinkType::kEthernet;
  return pf;
}

const std::vector<PhysicalFunction> kRails = {Rail("0000:01:00.0", "ens1"),
                                              Rail("0000:02:00.0", "ens2")};

Routing Good() {
  Routing routing;
  routing.addresses = {{"ens1", P("172.16.11.10/24")}, {"ens2", P("172.16.12.10/24")}};
  routing.rules = {{32762, {}, P("172.16.0.0/16"), true, kMainTable},
                   {32763, P("172.16.11.10/32"), {}, false, 152},
                   {32763, P("172.16.12.0/24"), {}, false, 153}};
  routing.defaults = {{"ens1", 152, IpFamily::kIpv4}, {"ens2", 153, IpFamily::kIpv4}};
  return routing;
}

std::vector<HostFinding> Check(const Routing& routing,
                               const std::vector<PhysicalFunction>& rails = kRails) {
  std::vector<const PhysicalFunction*> pointers;
  for (const PhysicalFunction& rail : rails) pointers.push_back(&rail);
  std::vector<HostFinding> findings;
  CheckRoutes(pointers, routing, findings);
  return findings;
}

HostFinding OnlyOne(const Routing& routing) {
  const auto findings = Check(routing);
  REQUIRE(findings.size() == 1);
  return findings[0];
}

TEST_CASE("rails with addresses, rules and routes are well") { CHECK(Check(Good()).empty()); }

TEST_CASE("a rail without address") {
  Routing routing = Good();
  routing.addresses.erase(routing.addresses.begin());
  CHECK(OnlyOne(routing).check == "address");
  CHECK(OnlyOne(routing).subject == "ens1 (0000:01:00.0)");
  CHECK(OnlyOne(routing).command == "ip address add ADDRESS/LENGTH dev ens1");
}

TEST_CASE("InfiniBand needs neither address nor rule") {
  auto rails = kRails;
  for (PhysicalFunction& rail : rails) rail.link_type = LinkType::kInfiniBand;
  CHECK(Check({}, rails).empty());
}

TEST_CASE("an address without rule is told with a table that no other rule uses") {
  Routing routing = Good();
  routing.rules.erase(routing.rules.begin() + 2);
  CHECK(OnlyOne(routing).check == "from-rule");
  CHECK(OnlyOne(routing).command ==
        "ip rule add from 172.16.12.10 lookup 153 priority 32763\n"
        "ip route add default via GATEWAY dev ens2 table 153");
}

TEST_CASE("a rule that leads to a table without a way out by this rail") {
  Routing routing = Good();
  routing.defaults[0].link = "ens2";
  CHECK(OnlyOne(routing).text ==
        "has 172.16.11.10, whose rule leads to table 152, which has no default route out here");
  CHECK(OnlyOne(routing).command == "ip route add default via GATEWAY dev ens1 table 152");
}

TEST_CASE("the rule that keeps other traffic off the rails") {
  Routing routing = Good();
  SUBCASE("is missing") { routing.rules.erase(routing.rules.begin()); }
  SUBCASE("comes too late") { routing.rules[0].priority = 32763; }
  SUBCASE("leads elsewhere") { routing.rules[0].table = 200; }
  SUBCASE("isn't inverted") { routing.rules[0].inverted = false; }
  SUBCASE("leaves a rail out") { routing.rules[0].to = P("172.16.11.0/24"); }
  CHECK(OnlyOne(routing).check == "rail-rule");
  CHECK(OnlyOne(routing).command == "ip rule add not to 172.16.8.0/21 lookup main priority 32762");
}

TEST_CASE("rails without a common network get a command to be filled in") {
  Routing routing = Good();
  routing.addresses[0].address = P("10.1.0.10/24");
  routing.rules[1].from = P("10.1.0.10/32");
  CHECK(OnlyOne(routing).command == "ip rule add not to NETWORK/LENGTH lookup main priority 32762");
}

TEST_CASE("the NIC of the node's default route needs no rule") {
  Routing routing;
  routing.addresses = {{"ens1", P("10.0.0.5/24")}};
  routing.defaults = {{"ens1", kMainTable, IpFamily::kIpv4}};
  CHECK(Check(routing, {kRails[0]}).empty());
}

TEST_CASE("IPv6 is judged by its own rules") {
  Routing routing = Good();
  routing.addresses.push_back({"ens1", P("fd00::10/64")});
  const auto findings = Check(routing);
  REQUIRE(findings.size() == 2);
  CHECK(findings[0].command.starts_with("ip -6 rule add from fd00::10 lookup"));
  CHECK(findings[1].command == "ip -6 rule add not to fd00::/64 lookup main priority 32762");
}

}  // namespace
}  // namespace railhook

#include "vfmanager/route_check.h"

#include <algorithm>

#include "vfmanager/name_with_address.h"

namespace railhook {
namespace {

constexpr unsigned kFirstTable = 151;
constexpr unsigned kFromPriority = 32763;  // before those of the tables main and default

// An address of a rail, and what sends its packets out of that rail.
struct RailAddress {
  const PhysicalFunction* pf;
  IpPrefix address;
  const RoutingRule* rule;  // null where there is none

  bool operator==(const RailAddress&) const = default;
};

bool HasDefault(const Routing& routing, const std::string& link, unsigned table, IpFamily family) {
  return std::find(routing.defaults.begin(), routing.defaults.end(),
                   DefaultRoute{link, table, family}) != routing.defaults.end();
}

const RoutingRule* FromRule(const Routing& routing, const IpPrefix& address) {
  const IpPrefix host{address.family, address.bytes, address.bits()};
  const auto found =
      std::find_if(routing.rules.begin(), routing.rules.end(), [&](const RoutingRule& rule) {
        return !rule.inverted && !rule.to && rule.from && rule.from->Contains(host);
      });
  return found == routing.rules.end() ? nullptr : &*found;
}

std::vector<RailAddress> AddressesOf(const PhysicalFunction& pf, const Routing& routing) {
  std::vector<RailAddress> addresses;
  for (const LinkAddress& one : routing.addresses)
    if (one.link == pf.name)
      addresses.push_back({&pf, one.address, FromRule(routing, one.address)});
  return addresses;
}

std::string Ip(const IpPrefix& address) {
  return address.family == IpFamily::kIpv4 ? "ip" : "ip -6";
}

std::string AddDefault(const RailAddress& rail, unsigned table) {
  return Ip(rail.address) + " route add default via GATEWAY dev " + rail.pf->name + " table " +
         std::to_string(table);
}

unsigned UnusedTable(const Routing& routing, std::size_t rail) {
  unsigned table = kFirstTable + static_cast<unsigned>(rail);
  const auto used = [&](const RoutingRule& rule) { return rule.table == table; };
  while (std::any_of(routing.rules.begin(), routing.rules.end(), used)) ++table;
  return table;
}

HostFinding FindingOn(const PhysicalFunction& pf, std::string check, std::string text,
                      std::string why, std::string command) {
  return {Severity::kWarning, std::move(check), NameWithAddress(pf.name, pf.address),
          std::move(text),    std::move(why),   std::move(command)};
}

HostFinding NoAddress(const PhysicalFunction& pf) {
  return FindingOn(pf, "address", "has no IP address",
                   "RoCE addresses are made of IP addresses: jobs in the host's network can't use "
                   "this rail.",
                   "ip address add ADDRESS/LENGTH dev " + pf.name);
}

HostFinding NoRule(const RailAddress& rail, unsigned table) {
  const std::string from = rail.address.Address();
  return FindingOn(
      *rail.pf, "from-rule", "has " + from + ", but no rule sends its packets out here",
      "Linux has one default route: replies and traffic between rails leave by "
      "another NIC.",
      Ip(rail.address) + " rule add from " + from + " lookup " + std::to_string(table) +
          " priority " + std::to_string(kFromPriority) + '\n' + AddDefault(rail, table));
}

HostFinding NoRoute(const RailAddress& rail) {
  const std::string table = std::to_string(rail.rule->table);
  return FindingOn(*rail.pf, "from-rule",
                   "has " + rail.address.Address() + ", whose rule leads to table " + table +
                       ", which has no default route out here",
                   "Its packets leave by another NIC, or not at all.",
                   AddDefault(rail, rail.rule->table));
}

void CheckFromRule(const RailAddress& rail, const Routing& routing, std::size_t number,
                   std::vector<HostFinding>& findings) {
  const IpFamily family = rail.address.family;
  if (rail.rule == nullptr)
    findings.push_back(NoRule(rail, UnusedTable(routing, number)));
  else if (!HasDefault(routing, rail.pf->name, rail.rule->table, family))
    findings.push_back(NoRoute(rail));
}

// Whether a rule sends all that isn't for rails to the main table before the rail's own rule.
bool IsKept(const RailAddress& rail, const Routing& routing) {
  const unsigned before = rail.rule == nullptr ? kFromPriority : rail.rule->priority;
  return std::any_of(routing.rules.begin(), routing.rules.end(), [&](const RoutingRule& rule) {
    return rule.inverted && !rule.from && rule.to && rule.to->Contains(rail.address.Network()) &&
           rule.table == kMainTable && rule.priority < before;
  });
}

unsigned FirstPriority(const std::vector<RailAddress>& rails) {
  unsigned first = kFromPriority;
  for (const RailAddress& rail : rails)
    if (rail.rule != nullptr) first = std::min(first, rail.rule->priority);
  return first;
}

void CheckRailRule(const std::vector<RailAddress>& rails, const Routing& routing, IpFamily family,
                   std::vector<HostFinding>& findings) {
  std::vector<IpPrefix> networks;
  bool kept = true;
  for (const RailAddress& rail : rails) {
    if (rail.address.family != family) continue;
    networks.push_back(rail.address);
    kept = kept && IsKept(rail, routing);
  }
  if (kept) return;
  const auto common = CommonNetwork(networks);
  const std::string network = common && common->length > 0 ? common->Text() : "NETWORK/LENGTH";
  findings.push_back(
      {Severity::kWarning, "rail-rule", "Rails", "have no rule that keeps other traffic off them",
       "Linux may take a rail's address for traffic of the cluster, such as Calico's, which then "
       "leaves by the rail and is lost. The rule names the network of all nodes' rails.",
       Ip(networks.front()) + " rule add not to " + network + " lookup main priority " +
           std::to_string(FirstPriority(rails) - 1)});
}

}  // namespace

void CheckRoutes(const std::vector<const PhysicalFunction*>& rails, const Routing& routing,
                 std::vector<HostFinding>& findings) {
  std::vector<RailAddress> all;
  for (std::size_t number = 0; number < rails.size(); ++number) {
    const PhysicalFunction& pf = *rails[number];
    if (pf.name.empty() || pf.link_type == LinkType::kInfiniBand) continue;
    const auto addresses = AddressesOf(pf, routing);
    if (addresses.empty()) findings.push_back(NoAddress(pf));
    for (const RailAddress& rail : addresses) {
      if (HasDefault(routing, pf.name, kMainTable, rail.address.family)) continue;
      CheckFromRule(rail, routing, number, findings);
      all.push_back(rail);
    }
  }
  for (const IpFamily family : {IpFamily::kIpv4, IpFamily::kIpv6})
    CheckRailRule(all, routing, family, findings);
}

}  // namespace railhook

#include "vfmanager/routing_messages.h"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>

namespace railhook {
namespace {

template <typename Fixed>
NetlinkRequest Dump(std::uint16_t type) {
  NetlinkRequest request(type, NLM_F_DUMP);
  request.Append(Fixed{});
  return request;
}

std::string NameOf(const std::map<int, std::string>& links, int index) {
  const auto found = links.find(index);
  return found == links.end() ? "" : found->second;
}

int NumberOf(const NetlinkAttribute& attribute) { return attribute.As<int>().value_or(0); }

void ReadAddress(Routing& routing, std::string_view payload,
                 const std::map<int, std::string>& links) {
  const auto fixed = ReadFixed<ifaddrmsg>(payload);
  if (!fixed || fixed->ifa_scope != RT_SCOPE_UNIVERSE) return;
  const std::string link = NameOf(links, static_cast<int>(fixed->ifa_index));
  std::optional<IpPrefix> address;
  for (const NetlinkAttribute& attribute : AttributesAfter<ifaddrmsg>(payload)) {
    // Where both are, IFA_ADDRESS is the other end's.
    if (attribute.type == IFA_LOCAL || (attribute.type == IFA_ADDRESS && !address))
      address = IpPrefix::FromBytes(attribute.value, fixed->ifa_prefixlen);
  }
  if (address && !link.empty()) routing.addresses.push_back({link, *address});
}

void ReadRule(Routing& routing, std::string_view payload) {
  const auto fixed = ReadFixed<fib_rule_hdr>(payload);
  if (!fixed || fixed->action != FR_ACT_TO_TBL) return;
  RoutingRule rule;
  rule.table = fixed->table;
  rule.inverted = (fixed->flags & FIB_RULE_INVERT) != 0;
  for (const NetlinkAttribute& attribute : AttributesAfter<fib_rule_hdr>(payload)) {
    const auto number = static_cast<unsigned>(NumberOf(attribute));
    if (attribute.type == FRA_TABLE) rule.table = number;
    if (attribute.type == FRA_PRIORITY) rule.priority = number;
    if (attribute.type == FRA_SRC) rule.from = IpPrefix::FromBytes(attribute.value, fixed->src_len);
    if (attribute.type == FRA_DST) rule.to = IpPrefix::FromBytes(attribute.value, fixed->dst_len);
    constexpr int kConditions[] = {FRA_IIFNAME, FRA_OIFNAME, FRA_FWMARK};
    if (std::count(std::begin(kConditions), std::end(kConditions), attribute.type) > 0) return;
  }
  routing.rules.push_back(rule);
}

// The links that a route of several ways takes.
void ReadWays(std::string_view ways, std::vector<int>& links) {
  while (const auto way = ReadFixed<rtnexthop>(ways)) {
    if (way->rtnh_len < sizeof *way || way->rtnh_len > ways.size()) return;
    links.push_back(way->rtnh_ifindex);
    ways.remove_prefix(std::min<std::size_t>(ways.size(), RTNH_ALIGN(way->rtnh_len)));
  }
}

void ReadRoute(Routing& routing, std::string_view payload,
               const std::map<int, std::string>& links) {
  const auto fixed = ReadFixed<rtmsg>(payload);
  if (!fixed || fixed->rtm_dst_len != 0 || fixed->rtm_type != RTN_UNICAST) return;
  unsigned table = fixed->rtm_table;
  std::vector<int> ways;
  for (const NetlinkAttribute& attribute : AttributesAfter<rtmsg>(payload)) {
    if (attribute.type == RTA_TABLE) table = static_cast<unsigned>(NumberOf(attribute));
    if (attribute.type == RTA_OIF) ways.push_back(NumberOf(attribute));
    if (attribute.type == RTA_MULTIPATH) ReadWays(attribute.value, ways);
  }
  const IpFamily family = fixed->rtm_family == AF_INET6 ? IpFamily::kIpv6 : IpFamily::kIpv4;
  for (const int way : ways) {
    const std::string link = NameOf(links, way);
    if (!link.empty()) routing.defaults.push_back({link, table, family});
  }
}

}  // namespace

NetlinkRequest DumpAddresses() { return Dump<ifaddrmsg>(RTM_GETADDR); }
NetlinkRequest DumpRules() { return Dump<fib_rule_hdr>(RTM_GETRULE); }
NetlinkRequest DumpRoutes() { return Dump<rtmsg>(RTM_GETROUTE); }

void ReadInto(Routing& routing, const NetlinkAnswer& answer,
              const std::map<int, std::string>& links) {
  if (answer.type == RTM_NEWADDR) ReadAddress(routing, answer.payload, links);
  if (answer.type == RTM_NEWRULE) ReadRule(routing, answer.payload);
  if (answer.type == RTM_NEWROUTE) ReadRoute(routing, answer.payload, links);
}

}  // namespace railhook

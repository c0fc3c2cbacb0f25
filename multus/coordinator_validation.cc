#include "multus/coordinator_validation.h"

#include <cctype>
#include <limits>

#include "base/ip_text.h"
#include "base/json.h"

namespace railhook {
namespace {

constexpr std::int64_t kMostInt32 = std::numeric_limits<std::int32_t>::max();

void CheckSubnet(const JsonField& subnet, FieldChecker& check) {
  if (!FamilyOfPrefix(subnet.Text()))
    check.Wrong(subnet, "a subnet, such as \"10.96.0.0/12\" or \"fd00::/64\"");
}

void CheckSubnets(const JsonField& list, FieldChecker& check) {
  if (!list.missing() && !list.is_list()) return check.Texts(list);
  for (const JsonField& subnet : list.Items()) CheckSubnet(subnet, check);
}

void CheckGateway(const JsonField& route, FieldChecker& check) {
  const JsonField gateway = route / "gw";
  const auto family = FamilyOfAddress(gateway.Text());
  const auto wanted = FamilyOfPrefix((route / "dst").Text());
  if (!family)
    check.Wrong(gateway, "the gateway's address, such as \"10.1.0.1\"");
  else if (wanted && *wanted != *family)
    check.Wrong(gateway, "an address of the same family as dst's");
}

void CheckRoutes(const JsonField& list, FieldChecker& check) {
  if (!list.missing() && !list.is_list()) return check.Wrong(list, "a list of {dst, gw}");
  for (const JsonField& route : list.Items()) {
    CheckSubnet(route / "dst", check);
    CheckGateway(route, check);
  }
}

bool IsHex(char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; }

// The first two bytes of a MAC address, which would be a group's with the lowest bit of the first.
bool IsMacPrefix(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return false;
  if (!IsHex(text[0]) || !IsHex(text[1]) || !IsHex(text[3]) || !IsHex(text[4])) return false;
  return std::string_view("02468aAcCeE").find(text[1]) != std::string_view::npos;
}

void CheckMacPrefix(const JsonField& prefix, FieldChecker& check) {
  if (prefix.missing() || *prefix.value == "" || IsMacPrefix(prefix.Text())) return;
  check.Wrong(prefix, "two bytes, the first one even, such as \"0a:1b\"");
}

void CheckLinkAddress(const JsonField& address, FieldChecker& check) {
  if (address.missing() || *address.value == "") return;
  if (FamilyOfAddress(address.Text()) != IpFamily::kIpv4)
    check.Wrong(address, "an IPv4 address, such as \"169.254.100.1\"");
  else if (!address.Text().starts_with("169.254."))
    check.Warn(address, "is no link-local address: write one of 169.254.0.0/16");
}

// Below 0 the kernel's own setting stays.
void CheckReversePathFilter(const JsonField& filter, FieldChecker& check) {
  const auto number = filter.Integer();
  if (filter.missing() || (number && *number <= 2)) return;
  check.Wrong(filter, "0, 1 or 2, or -1 to leave it as it is");
}

}  // namespace

void ValidateCoordinator(const JsonField& coordinator, FieldChecker& check) {
  if (coordinator.missing()) return;
  if (!coordinator.is_map()) return check.Map(coordinator);
  check.Choice(coordinator / "mode", {"auto", "underlay", "overlay", "disabled"});
  check.Choice(coordinator / "podCIDRType", {"auto", "cluster", "calico", "cilium", "none"});
  CheckSubnets(coordinator / "hijackCIDR", check);
  CheckRoutes(coordinator / "policyRoutes", check);
  CheckMacPrefix(coordinator / "podMACPrefix", check);
  CheckReversePathFilter(coordinator / "podRPFilter", check);
  CheckLinkAddress(coordinator / "vethLinkAddress", check);
  check.Number(coordinator / "vethMTU", 1, kMostInt32);
  check.Number(coordinator / "txQueueLen", 0, kMostInt32);
  check.Number(coordinator / "hostRuleTable", 0, kMostInt32);
  check.Flag(coordinator / "tunePodRoutes");
  check.Text(coordinator / "podDefaultRouteNIC");
}

}  // namespace railhook

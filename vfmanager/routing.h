#pragma once
// Which way this network namespace's packets go.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "vfmanager/ip_prefix.h"

namespace railhook {

struct LinkAddress {
  std::string link;
  IpPrefix address;

  bool operator==(const LinkAddress&) const = default;
};

// A rule that looks only at where a packet comes from and where it goes.
struct RoutingRule {
  unsigned priority = 0;  // the lowest comes first
  std::optional<IpPrefix> from;
  std::optional<IpPrefix> to;
  bool inverted = false;  // holds where `from` and `to` don't
  unsigned table = 0;

  bool operator==(const RoutingRule&) const = default;
};

struct DefaultRoute {
  std::string link;
  unsigned table = 0;
  IpFamily family = IpFamily::kIpv4;

  bool operator==(const DefaultRoute&) const = default;
};

inline constexpr unsigned kMainTable = 254;

struct Routing {
  std::vector<LinkAddress> addresses;  // of those that others can reach
  std::vector<RoutingRule> rules;
  std::vector<DefaultRoute> defaults;

  bool operator==(const Routing&) const = default;
};

// `links` are names by their indices; what belongs to others is left out.
Result<Routing> ReadRouting(const std::map<int, std::string>& links);

}  // namespace railhook

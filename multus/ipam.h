#pragma once
// How networks that are made of SpiderMultusConfigs get their addresses.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/setting.h"

namespace railhook {

// The IPAM plugin of all networks.
struct Ipam {
  // What each network's plugin gets as its `ipam`: "type" and that plugin's own fields.
  OrderedJson plugin = {{"type", "spiderpool"}};
  // What the name of a pool in a SpiderMultusConfig stands for, as that plugin writes a range of
  // addresses. Empty with Spiderpool's, which knows its pools itself.
  std::map<std::string, OrderedJson, std::less<>> pools;

  bool operator==(const Ipam&) const = default;
};

// The keys of the configuration file that set `ipam`, which must outlive them: "ipam".
Setting::Keys KeysOf(Ipam& ipam);

// The pools that a SpiderMultusConfig names.
struct WantedPools {
  std::string field;  // where they stand, for messages: "spec.sriov.ippools"
  std::vector<std::string> ipv4;
  std::vector<std::string> ipv6;
  bool match_master_subnet = false;
};

// The `ipam` of a network with these pools. kInvalid names the field, and the key of the
// configuration where that has to change: a pool that stands for nothing there, or for addresses of
// the other family; several pools where the plugin can't choose; none where there is no other
// range.
Result<OrderedJson> AddressesOf(const WantedPools& pools, const Ipam& ipam);

}  // namespace railhook

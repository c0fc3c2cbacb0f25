#pragma once
// A link as the kernel tells of it.

#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include <string>
#include <vector>

#include "vfmanager/netlink_message.h"

namespace railhook {

inline void PutVf(NetlinkRequest& list, unsigned index) {
  ifla_vf_mac mac{index, {0x02, 0, 0, 0, 0, static_cast<std::uint8_t>(index)}};
  ifla_vf_vlan vlan{index, 100 + index, 0};
  ifla_vf_guid node{index, 0x0011223344556600U + index};
  ifla_vf_guid port{index, 0x0011223344557700U + index};
  list.Nest(IFLA_VF_INFO, [&](NetlinkRequest& vf) {
    vf.Put(IFLA_VF_MAC, mac).Put(IFLA_VF_BROADCAST, ifla_vf_broadcast{}).Put(IFLA_VF_VLAN, vlan);
    vf.Put(IFLA_VF_IB_NODE_GUID, node).Put(IFLA_VF_IB_PORT_GUID, port);
  });
}

inline std::string LinkMessage(const std::string& name, unsigned short type,
                               const std::vector<std::string>& alt_names,
                               const std::vector<unsigned>& vfs) {
  ifinfomsg fixed{};
  fixed.ifi_type = type;
  fixed.ifi_flags = IFF_UP | IFF_RUNNING;
  const std::uint8_t address[] = {0x02, 0x5a, 0, 1, 0x80, 0};
  const std::uint8_t permanent[] = {0x02, 0x5a, 0, 1, 0x80, 1};
  NetlinkRequest message(RTM_NEWLINK, 0);
  message.Append(fixed).PutText(IFLA_IFNAME, name).Put(IFLA_ADDRESS, address);
  message.Put(IFLA_PERM_ADDRESS, permanent);
  message.Put(IFLA_MTU, 4200).Put(IFLA_MAX_MTU, 9978).Put(IFLA_CARRIER, std::uint8_t{1});
  message.Nest(IFLA_PROP_LIST, [&](NetlinkRequest& list) {
    for (const std::string& alt : alt_names) list.PutText(IFLA_ALT_IFNAME, alt);
  });
  message.Nest(IFLA_VFINFO_LIST, [&](NetlinkRequest& list) {
    for (const unsigned index : vfs) PutVf(list, index);
  });
  return message.bytes();
}

}  // namespace railhook

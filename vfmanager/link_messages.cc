#include "vfmanager/link_messages.h"

#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <rdma/rdma_netlink.h>

#include <algorithm>

namespace railhook {
namespace {

constexpr std::uint16_t kGetRdmaSystem = RDMA_NL_GET_TYPE(RDMA_NL_NLDEV, RDMA_NLDEV_CMD_SYS_GET);
constexpr std::uint16_t kSetRdmaSystem = RDMA_NL_GET_TYPE(RDMA_NL_NLDEV, RDMA_NLDEV_CMD_SYS_SET);
constexpr std::uint8_t kSharedMode = 1;

NetlinkRequest ChangeLink(const std::string& link, unsigned flags = 0) {
  ifinfomsg fixed{};
  fixed.ifi_flags = fixed.ifi_change = flags;
  NetlinkRequest request(RTM_SETLINK, NLM_F_ACK);
  request.Append(fixed).PutText(IFLA_IFNAME, link);
  return request;
}

template <typename Setting>
void PutVf(NetlinkRequest& request, std::uint16_t type, const Setting& setting) {
  request.Nest(IFLA_VF_INFO, [&](NetlinkRequest& vf) { vf.Put(type, setting); });
}

// ifla_vf_guid without bytes by chance between its members.
struct VfGuid {
  std::uint32_t vf;
  std::uint32_t nothing;
  std::uint64_t guid;
};
static_assert(sizeof(VfGuid) == sizeof(ifla_vf_guid));

MacAddress MacOf(std::string_view bytes) {
  MacAddress mac;
  if (bytes.size() >= mac.bytes.size())
    std::memcpy(mac.bytes.data(), bytes.data(), mac.bytes.size());
  return mac;
}

std::pair<int, LinkVf> ReadVf(std::string_view attributes) {
  int index = -1;
  LinkVf vf;
  for (const NetlinkAttribute& attribute : SplitAttributes(attributes)) {
    const auto guid = attribute.As<ifla_vf_guid>();
    if (attribute.type == IFLA_VF_MAC) {
      if (const auto mac = attribute.As<ifla_vf_mac>()) {
        index = static_cast<int>(mac->vf);
        vf.mac = MacOf({reinterpret_cast<const char*>(mac->mac), sizeof mac->mac});
      }
    } else if (attribute.type == IFLA_VF_VLAN) {
      if (const auto vlan = attribute.As<ifla_vf_vlan>()) vf.vlan = static_cast<int>(vlan->vlan);
    } else if (attribute.type == IFLA_VF_IB_NODE_GUID && guid) {
      vf.node_guid.value = guid->guid;
    } else if (attribute.type == IFLA_VF_IB_PORT_GUID && guid) {
      vf.port_guid.value = guid->guid;
    }
  }
  return {index, vf};
}

std::map<int, LinkVf> ReadVfs(std::string_view list) {
  std::map<int, LinkVf> vfs;
  for (const NetlinkAttribute& one : SplitAttributes(list))
    if (one.type == IFLA_VF_INFO) vfs.insert(ReadVf(one.value));
  return vfs;
}

std::vector<std::string> ReadAltNames(std::string_view list) {
  std::vector<std::string> names;
  for (const NetlinkAttribute& one : SplitAttributes(list))
    if (one.type == IFLA_ALT_IFNAME) names.push_back(one.Text());
  return names;
}

int NumberOf(const NetlinkAttribute& attribute) {
  return static_cast<int>(attribute.As<std::uint32_t>().value_or(0));
}

void ReadInto(Link& link, const NetlinkAttribute& attribute) {
  switch (attribute.type) {
    case IFLA_IFNAME:
      link.name = attribute.Text();
      break;
    case IFLA_ADDRESS:
      if (!link.infiniband) link.mac = MacOf(attribute.value);
      break;
    case IFLA_PERM_ADDRESS:
      if (!link.infiniband) link.permanent_mac = MacOf(attribute.value);
      break;
    case IFLA_MTU:
      link.mtu = NumberOf(attribute);
      break;
    case IFLA_MAX_MTU:
      link.max_mtu = NumberOf(attribute);
      break;
    case IFLA_CARRIER:
      link.carrier = attribute.As<std::uint8_t>().value_or(0) != 0;
      break;
    case IFLA_PROP_LIST:
      link.alt_names = ReadAltNames(attribute.value);
      break;
    case IFLA_VFINFO_LIST:
      link.vfs = ReadVfs(attribute.value);
      break;
    default:
      break;
  }
}

}  // namespace

NetlinkRequest DumpLinks() {
  NetlinkRequest request(RTM_GETLINK, NLM_F_DUMP);
  request.Append(ifinfomsg{});
  request.Put(IFLA_EXT_MASK, std::uint32_t{RTEXT_FILTER_VF | RTEXT_FILTER_SKIP_STATS});
  return request;
}

NetlinkRequest SetLinkUp(const std::string& link) { return ChangeLink(link, IFF_UP); }

NetlinkRequest SetLinkMtu(const std::string& link, int mtu) {
  return ChangeLink(link).Put(IFLA_MTU, static_cast<std::uint32_t>(mtu));
}

NetlinkRequest SetLinkVfMac(const std::string& pf, int vf, const MacAddress& mac) {
  ifla_vf_mac setting{static_cast<std::uint32_t>(vf), {}};
  std::copy(mac.bytes.begin(), mac.bytes.end(), setting.mac);
  return ChangeLink(pf).Nest(IFLA_VFINFO_LIST,
                             [&](NetlinkRequest& list) { PutVf(list, IFLA_VF_MAC, setting); });
}

NetlinkRequest SetLinkVfGuid(const std::string& pf, int vf, const Guid& guid) {
  const VfGuid setting{static_cast<std::uint32_t>(vf), 0, guid.value};
  return ChangeLink(pf).Nest(IFLA_VFINFO_LIST, [&](NetlinkRequest& list) {
    PutVf(list, IFLA_VF_IB_NODE_GUID, setting);
    PutVf(list, IFLA_VF_IB_PORT_GUID, setting);
  });
}

std::optional<Link> ReadLink(const NetlinkAnswer& answer) {
  const auto fixed = ReadFixed<ifinfomsg>(answer.payload);
  if (answer.type != RTM_NEWLINK || !fixed) return std::nullopt;
  Link link;
  link.infiniband = fixed->ifi_type == ARPHRD_INFINIBAND;
  link.up = (fixed->ifi_flags & IFF_UP) != 0;
  for (const NetlinkAttribute& attribute : AttributesAfter<ifinfomsg>(answer.payload))
    ReadInto(link, attribute);
  if (link.name.empty()) return std::nullopt;
  return link;
}

NetlinkRequest AskRdmaMode() { return {kGetRdmaSystem, 0}; }

NetlinkRequest TellRdmaMode(RdmaMode mode) {
  NetlinkRequest request(kSetRdmaSystem, NLM_F_ACK);
  const bool shared = mode == RdmaMode::kShared;
  request.Put(RDMA_NLDEV_SYS_ATTR_NETNS_MODE, static_cast<std::uint8_t>(shared ? kSharedMode : 0));
  return request;
}

std::optional<RdmaMode> ReadRdmaMode(const NetlinkAnswer& answer) {
  if (answer.type != kGetRdmaSystem) return std::nullopt;
  for (const NetlinkAttribute& attribute : SplitAttributes(answer.payload)) {
    if (attribute.type != RDMA_NLDEV_SYS_ATTR_NETNS_MODE || attribute.value.empty()) continue;
    return attribute.value[0] == kSharedMode ? RdmaMode::kShared : RdmaMode::kExclusive;
  }
  return std::nullopt;
}

}  // namespace railhook

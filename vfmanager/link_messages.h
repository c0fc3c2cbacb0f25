#pragma once
// The messages behind vfmanager/netlink.h. Pure.

#include <optional>
#include <string>
#include <string_view>

#include "vfmanager/netlink.h"
#include "vfmanager/netlink_message.h"

namespace railhook {

// Of NETLINK_ROUTE. Links are named by their name or an altname.
NetlinkRequest DumpLinks();
NetlinkRequest SetLinkUp(const std::string& link);
NetlinkRequest SetLinkMtu(const std::string& link, int mtu);
NetlinkRequest SetLinkVfMac(const std::string& pf, int vf, const MacAddress& mac);
NetlinkRequest SetLinkVfGuid(const std::string& pf, int vf, const Guid& guid);

// A link of the answer to DumpLinks; none where it has no name. What it lacks is left as it is in a
// Link.
std::optional<Link> ReadLink(const NetlinkAnswer& answer);

// Of NETLINK_RDMA.
NetlinkRequest AskRdmaMode();
NetlinkRequest TellRdmaMode(RdmaMode mode);
std::optional<RdmaMode> ReadRdmaMode(const NetlinkAnswer& answer);

}  // namespace railhook

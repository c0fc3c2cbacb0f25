#pragma once
// The messages behind vfmanager/routing.h. Pure.

#include <map>
#include <string>

#include "vfmanager/netlink_message.h"
#include "vfmanager/routing.h"

namespace railhook {

NetlinkRequest DumpAddresses();
NetlinkRequest DumpRules();
NetlinkRequest DumpRoutes();

// What an answer to one of these tells, added to `routing`.
void ReadInto(Routing& routing, const NetlinkAnswer& answer,
              const std::map<int, std::string>& links);

}  // namespace railhook

#include "vfmanager/routing.h"

#include <linux/netlink.h>

#include "vfmanager/netlink_socket.h"
#include "vfmanager/routing_messages.h"

namespace railhook {

Result<Routing> ReadRouting(const std::map<int, std::string>& links) {
  Routing routing;
  for (const NetlinkRequest& request : {DumpAddresses(), DumpRules(), DumpRoutes()}) {
    const NetlinkReply reply =
        TRY(AskKernel(NETLINK_ROUTE, request, "reading addresses, rules and routes"));
    for (const NetlinkAnswer& answer : reply.answers()) ReadInto(routing, answer, links);
  }
  return routing;
}

}  // namespace railhook

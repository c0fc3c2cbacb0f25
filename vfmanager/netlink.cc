#include "vfmanager/netlink.h"

#include <linux/netlink.h>

#include "vfmanager/link_messages.h"
#include "vfmanager/netlink_socket.h"

namespace railhook {
namespace {

Result<> Tell(int protocol, const NetlinkRequest& request, const std::string& telling) {
  TRY(AskKernel(protocol, request, telling));
  return {};
}

std::string VfOf(const std::string& pf, int vf) { return "VF " + std::to_string(vf) + " of " + pf; }

class Kernel : public Netlink {
 public:
  Result<std::map<std::string, Link>> Links() override {
    const NetlinkReply reply = TRY(AskKernel(NETLINK_ROUTE, DumpLinks(), "reading the links"));
    std::map<std::string, Link> links;
    for (const NetlinkAnswer& answer : reply.answers())
      if (auto link = ReadLink(answer)) links[link->name] = *link;
    return links;
  }

  Result<> SetUp(const std::string& link) override {
    return Tell(NETLINK_ROUTE, SetLinkUp(link), "setting " + link + " up");
  }

  Result<> SetMtu(const std::string& link, int mtu) override {
    return Tell(NETLINK_ROUTE, SetLinkMtu(link, mtu),
                "setting the MTU of " + link + " to " + std::to_string(mtu));
  }

  Result<> SetVfMac(const std::string& pf, int vf, const MacAddress& mac) override {
    return Tell(NETLINK_ROUTE, SetLinkVfMac(pf, vf, mac),
                "setting the MAC of " + VfOf(pf, vf) + " to " + mac.Text());
  }

  Result<> SetVfGuid(const std::string& pf, int vf, const Guid& guid) override {
    return Tell(NETLINK_ROUTE, SetLinkVfGuid(pf, vf, guid),
                "setting the GUID of " + VfOf(pf, vf) + " to " + guid.Text());
  }

  Result<RdmaMode> GetRdmaMode() override {
    constexpr auto kAsking = "reading RDMA's mode of network namespaces";
    const NetlinkReply reply = TRY(AskKernel(NETLINK_RDMA, AskRdmaMode(), kAsking));
    for (const NetlinkAnswer& answer : reply.answers())
      if (const auto mode = ReadRdmaMode(answer)) return *mode;
    return Fail(ErrorCode::kNotFound, std::string(kAsking) + ": this kernel has only one");
  }

  Result<> SetRdmaMode(RdmaMode mode) override {
    return Tell(NETLINK_RDMA, TellRdmaMode(mode),
                "setting RDMA's mode of network namespaces to " + std::string(TextOf(mode)));
  }
};

}  // namespace

std::unique_ptr<Netlink> KernelNetlink() { return std::make_unique<Kernel>(); }

}  // namespace railhook

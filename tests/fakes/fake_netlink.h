#pragma once
// A Netlink of links in memory.

#include <map>
#include <string>
#include <vector>

#include "vfmanager/netlink.h"

namespace railhook {

class FakeNetlink : public Netlink {
 public:
  std::map<std::string, Link> links;
  Result<RdmaMode> mode = RdmaMode::kShared;
  std::vector<std::string> calls;  // what was set: "mtu ens1 9000", "vf-mac ens1 3 02:...", ...
  // What fails, by how its call begins: {"vf-mac ens1", {...}}. It changes nothing then.
  std::map<std::string, Error> failures;

  Result<std::map<std::string, Link>> Links() override {
    if (auto failed = Called("links", false); !failed) return tl::unexpected(failed.error());
    return links;
  }
  Result<> SetUp(const std::string& link) override {
    return Change(link, "up " + link, [](Link& found) { found.up = true; });
  }
  Result<> SetMtu(const std::string& link, int mtu) override {
    return Change(link, "mtu " + link + ' ' + std::to_string(mtu),
                  [=](Link& found) { found.mtu = mtu; });
  }
  Result<> SetVfMac(const std::string& pf, int vf, const MacAddress& mac) override {
    return Change(pf, "vf-mac " + pf + ' ' + std::to_string(vf) + ' ' + mac.Text(),
                  [=](Link& found) { found.vfs[vf].mac = mac; });
  }
  Result<> SetVfGuid(const std::string& pf, int vf, const Guid& guid) override {
    return Change(pf, "vf-guid " + pf + ' ' + std::to_string(vf) + ' ' + guid.Text(),
                  [=](Link& found) { found.vfs[vf].node_guid = found.vfs[vf].port_guid = guid; });
  }
  Result<RdmaMode> GetRdmaMode() override { return mode; }
  Result<> SetRdmaMode(RdmaMode wanted) override {
    TRY(Called("rdma-mode " + std::string(TextOf(wanted)), true));
    mode = wanted;
    return {};
  }

 private:
  Result<> Called(const std::string& call, bool changes) {
    if (changes) calls.push_back(call);
    for (const auto& [beginning, error] : failures)
      if (call.starts_with(beginning)) return tl::unexpected(error);
    return {};
  }

  template <typename Make>
  Result<> Change(const std::string& link, const std::string& call, const Make& make) {
    TRY(Called(call, true));
    const auto found = links.find(link);
    if (found == links.end()) return Fail(ErrorCode::kNotFound, call + ": ENODEV (No such device)");
    make(found->second);
    return {};
  }
};

}  // namespace railhook

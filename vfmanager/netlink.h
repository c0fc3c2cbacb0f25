#pragma once
// What is asked of the kernel by netlink (rtnetlink(7), and RDMA's of rdma/rdma_netlink.h).

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "policy/pool_config.h"
#include "vfmanager/hardware_address.h"

namespace railhook {

struct LinkVf {
  MacAddress mac;
  Guid node_guid;
  Guid port_guid;
  int vlan = 0;
};

struct Link {
  std::string name;
  std::vector<std::string> alt_names;
  MacAddress mac;
  MacAddress permanent_mac;  // unset where the NIC has none
  int mtu = 0;
  int max_mtu = 0;
  bool up = false;
  bool carrier = false;
  bool infiniband = false;
  std::map<int, LinkVf> vfs;  // by their index; the kernel leaves out those that it can't ask
};

// Errors carry the errno's name and what was asked of which device: "setting the MAC of VF 3 of
// ens1: EOPNOTSUPP (...)". Not safe to share between threads: each has its own.
class Netlink {
 public:
  virtual ~Netlink() = default;

  // All links of this network namespace, by name.
  virtual Result<std::map<std::string, Link>> Links() = 0;
  virtual Result<> SetUp(const std::string& link) = 0;
  virtual Result<> SetMtu(const std::string& link, int mtu) = 0;
  virtual Result<> SetVfMac(const std::string& pf, int vf, const MacAddress& mac) = 0;
  // Node and port GUID, the same for both.
  virtual Result<> SetVfGuid(const std::string& pf, int vf, const Guid& guid) = 0;

  // kNotFound where the kernel has no RDMA.
  virtual Result<RdmaMode> GetRdmaMode() = 0;
  // kConflict where a network namespace keeps the kernel from it (EBUSY).
  virtual Result<> SetRdmaMode(RdmaMode mode) = 0;
};

std::unique_ptr<Netlink> KernelNetlink();

}  // namespace railhook

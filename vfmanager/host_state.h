#pragma once
// The NICs of a node as they are: physical functions that can do SR-IOV, and their virtual
// functions.

#include <optional>
#include <string>
#include <vector>

#include "policy/merge.h"
#include "policy/pool_config.h"
#include "vfmanager/hardware_address.h"

namespace railhook {

// The RDMA device of a function.
struct RdmaDevice {
  std::string name;                       // "mlx5_3"
  std::optional<Guid> node_guid;          // none where it can't be read
  std::vector<std::string> char_devices;  // paths below /dev: "infiniband/uverbs3", ...

  bool operator==(const RdmaDevice&) const = default;
};

struct VirtualFunction {
  int index = 0;
  std::string address;
  std::string vendor;
  std::string device_id;
  std::string driver;    // "" where none is bound
  std::string netdev;    // "" where there is none, or it is in another network namespace
  MacAddress mac;        // of the netdev
  MacAddress admin_mac;  // as the PF was told
  Guid admin_node_guid;
  Guid admin_port_guid;
  int vlan = 0;
  std::optional<int> mtu;
  std::optional<RdmaDevice> rdma;
  int iommu_group = -1;
  int numa_node = -1;

  bool operator==(const VirtualFunction&) const = default;
};

struct PhysicalFunction {
  std::string address;
  std::string name;  // of its netdev; "" where it has none, as without a driver
  std::vector<std::string> alt_names;
  std::string vendor;
  std::string device_id;
  std::string driver;
  MacAddress mac;
  MacAddress permanent_mac;  // its own, whatever it is called now, as in a bond
  std::optional<int> mtu;
  int max_mtu = 0;       // 0: not known
  bool up = false;       // set up by an administrator
  bool carrier = false;  // the link is there
  std::optional<LinkType> link_type;
  std::string speed;  // "200000 Mb/s", or ""
  int total_vfs = 0;
  int num_vfs = 0;
  bool probes_vfs = true;  // sriov_drivers_autoprobe
  std::optional<RdmaDevice> rdma;
  int numa_node = -1;
  std::vector<VirtualFunction> vfs;  // by their index

  Nic AsNic() const;
  bool operator==(const PhysicalFunction&) const = default;
};

struct HostState {
  std::vector<PhysicalFunction> pfs;  // by their address
  std::optional<RdmaMode> rdma_mode;  // none where the kernel has no RDMA
  std::string boot;                   // which one this is (boot_id.h); "" where it isn't known

  const PhysicalFunction* Find(std::string_view address) const;
  std::vector<Nic> Nics() const;
  bool operator==(const HostState&) const = default;
};

}  // namespace railhook

#pragma once
// A node with two rails: ens1 on NUMA node 0 and ens2 on 1, each with three VFs for RDMA.

#include <string>

#include "policy/merge.h"
#include "vfmanager/device_plugin/resources.h"
#include "vfmanager/host_state.h"

namespace railhook {

inline VirtualFunction RailVf(int rail, int index) {
  const std::string number = std::to_string(10 * rail + index);
  VirtualFunction vf;
  vf.index = index;
  vf.address = "0000:0" + std::to_string(rail) + ":10." + std::to_string(index);
  vf.driver = "mlx5_core";
  vf.netdev = "ens" + number;
  vf.rdma.emplace();
  vf.rdma->name = "mlx5_" + number;
  vf.rdma->node_guid = Guid{7};
  vf.rdma->char_devices = {"infiniband/uverbs" + number, "infiniband/umad" + number};
  vf.iommu_group = 100 + 10 * rail + index;
  vf.numa_node = rail - 1;
  return vf;
}

inline PhysicalFunction RailPf(int rail) {
  PhysicalFunction pf;
  pf.address = "0000:0" + std::to_string(rail) + ":00.0";
  pf.name = "ens" + std::to_string(rail);
  pf.up = true;
  pf.carrier = true;
  pf.link_type = LinkType::kEthernet;
  pf.numa_node = rail - 1;
  for (int index = 0; index < 3; ++index) pf.vfs.push_back(RailVf(rail, index));
  return pf;
}

inline HostState RailHost() { return {{RailPf(1), RailPf(2)}, {}, ""}; }

inline VfGroup RailGroup(const std::string& resource, VfRange vfs = {0, 2}) {
  VfGroup group;
  group.vfs = vfs;
  group.policy = resource + "-policy";
  group.resource_name = resource;
  group.is_rdma = true;
  return group;
}

inline DesiredPf DesiredRail(int rail) {
  const PhysicalFunction like = RailPf(rail);
  DesiredPf pf;
  pf.address = like.address;
  pf.name = like.name;
  pf.num_vfs = 3;
  pf.groups = {RailGroup("gpu" + std::to_string(rail) + "rdma")};
  return pf;
}

inline DesiredNode DesiredRails() { return {{DesiredRail(1), DesiredRail(2)}, {}, {}}; }

}  // namespace railhook

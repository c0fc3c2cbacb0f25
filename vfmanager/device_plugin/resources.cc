#include "vfmanager/device_plugin/resources.h"

#include <map>

namespace railhook {
namespace {

std::string DriverTrouble(const VirtualFunction& vf, const VfGroup& group) {
  if (vf.driver.empty()) return "it has no driver";
  const bool is_vfio = vf.driver == TextOf(DeviceType::kVfioPci);
  if (is_vfio == (group.device_type == DeviceType::kVfioPci)) return "";
  return "its driver is " + vf.driver + ", and policy " + group.policy + " wants " +
         std::string(TextOf(group.device_type));
}

std::string WhyUnready(const VirtualFunction& vf, const VfGroup& group) {
  if (auto trouble = DriverTrouble(vf, group); !trouble.empty()) return trouble;
  if (group.device_type == DeviceType::kVfioPci && vf.iommu_group < 0) {
    return "it is in no IOMMU group, which vfio-pci needs";
  }
  return group.is_rdma ? RdmaTrouble(vf.rdma) : "";
}

// IPoIB has a carrier only in a partition that the subnet manager knows, and VFs may be in others.
std::string LinkTrouble(const PhysicalFunction& pf) {
  if (!pf.up) return "its PF " + pf.name + " is down";
  const bool tells_link = pf.link_type != LinkType::kInfiniBand;
  return tells_link && !pf.carrier ? "its PF " + pf.name + " has no link" : "";
}

VfDevice DeviceOf(const PhysicalFunction& pf, const VirtualFunction& vf, const VfGroup& group) {
  VfDevice device;
  device.address = vf.address;
  device.pf = pf.address;
  device.unready = WhyUnready(vf, group);
  device.trouble = device.unready.empty() ? LinkTrouble(pf) : device.unready;
  if (!group.exclude_topology) device.numa_node = vf.numa_node;
  device.is_rdma = group.is_rdma;
  if (group.device_type == DeviceType::kVfioPci) device.vfio_group = vf.iommu_group;
  return device;
}

const VirtualFunction* FindVf(const PhysicalFunction* pf, int index) {
  if (pf == nullptr) return nullptr;
  for (const VirtualFunction& vf : pf->vfs) {
    if (vf.index == index) return &vf;
  }
  return nullptr;
}

void AddGroup(const DesiredPf& desired, const PhysicalFunction* pf, const VfGroup& group,
              VfResource& resource) {
  resource.is_rdma |= group.is_rdma;
  resource.exclude_topology |= group.exclude_topology;
  for (int index = group.vfs.first; index <= group.vfs.last; ++index) {
    if (const auto* vf = FindVf(pf, index)) {
      resource.devices.push_back(DeviceOf(*pf, *vf, group));
    } else {
      resource.missing.push_back("VF " + std::to_string(index) + " of " + desired.name);
    }
  }
}

}  // namespace

std::string RdmaTrouble(const std::optional<RdmaDevice>& rdma) {
  if (!rdma) return "it has no RDMA device";
  if (rdma->char_devices.empty()) return rdma->name + " has no character devices in /dev";
  const auto& guid = rdma->node_guid;
  return guid && !guid->IsSet() ? "the node GUID of " + rdma->name + " isn't set" : "";
}

std::vector<VfResource> DevicesOf(const DesiredNode& desired, const HostState& host) {
  std::map<std::string, VfResource> resources;
  for (const DesiredPf& pf : desired.pfs) {
    for (const VfGroup& group : pf.groups) {
      VfResource& resource = resources[group.resource_name];
      resource.name = group.resource_name;
      AddGroup(pf, host.Find(pf.address), group, resource);
    }
  }
  std::vector<VfResource> list;
  for (auto& [name, resource] : resources) list.push_back(std::move(resource));
  return list;
}

}  // namespace railhook

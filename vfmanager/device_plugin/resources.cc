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

// The pods that have a VF.
struct Holding {
  bool here = false;      // under the resource that it is of
  std::string elsewhere;  // under another, for people; ""
};

Holding HoldingOf(const VfHolders& holders, const std::string& vf, const std::string& resource) {
  Holding holding;
  const auto [first, last] = holders.equal_range(vf);
  for (auto held = first; held != last; ++held) {
    const VfHolder& holder = held->second;
    if (holder.resource == resource)
      holding.here = true;
    else
      holding.elsewhere = "pod " + holder.pod + " still has it as " + holder.resource;
  }
  return holding;
}

// Where RDMA devices belong to one network namespace alone, a pod's are out of sight, or on the
// way.
bool IsInPod(const VirtualFunction& vf, const Holding& holding, const HostState& host) {
  return holding.here && host.rdma_mode == RdmaMode::kExclusive && vf.netdev.empty();
}

std::string WhyUnready(const VirtualFunction& vf, const VfGroup& group, const Holding& holding,
                       const HostState& host) {
  if (!holding.elsewhere.empty()) return holding.elsewhere;
  if (auto trouble = DriverTrouble(vf, group); !trouble.empty()) return trouble;
  if (group.device_type == DeviceType::kVfioPci && vf.iommu_group < 0) {
    return "it is in no IOMMU group, which vfio-pci needs";
  }
  return group.is_rdma && !IsInPod(vf, holding, host) ? RdmaTrouble(vf.rdma) : "";
}

// IPoIB has a carrier only in a partition that the subnet manager knows, and VFs may be in others.
std::string LinkTrouble(const PhysicalFunction& pf) {
  if (!pf.up) return "its PF " + pf.name + " is down";
  const bool tells_link = pf.link_type != LinkType::kInfiniBand;
  return tells_link && !pf.carrier ? "its PF " + pf.name + " has no link" : "";
}

std::string TroubleOf(const VfDevice& device, const Holding& holding, const PhysicalFunction& pf,
                      const VirtualFunction& vf) {
  const bool is_bound_anew = holding.here && holding.elsewhere.empty() && vf.driver.empty();
  return device.unready.empty() || is_bound_anew ? LinkTrouble(pf) : device.unready;
}

VfDevice DeviceOf(const PhysicalFunction& pf, const VirtualFunction& vf, const VfGroup& group,
                  const Holding& holding, const HostState& host) {
  VfDevice device;
  device.address = vf.address;
  device.pf = pf.address;
  device.unready = WhyUnready(vf, group, holding, host);
  device.trouble = TroubleOf(device, holding, pf, vf);
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

void AddGroup(const VfOffer& offer, const DesiredPf& desired, const VfGroup& group,
              const std::string& prefix, VfResource& resource) {
  resource.is_rdma |= group.is_rdma;
  resource.exclude_topology |= group.exclude_topology;
  const PhysicalFunction* pf = offer.host.Find(desired.address);
  for (int index = group.vfs.first; index <= group.vfs.last; ++index) {
    if (const auto* vf = FindVf(pf, index)) {
      const auto holding =
          HoldingOf(offer.holders, vf->address, prefix + '/' + group.resource_name);
      resource.devices.push_back(DeviceOf(*pf, *vf, group, holding, offer.host));
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

std::vector<VfResource> DevicesOf(const VfOffer& offer, const std::string& prefix) {
  std::map<std::string, VfResource> resources;
  for (const DesiredPf& pf : offer.desired.pfs) {
    for (const VfGroup& group : pf.groups) {
      VfResource& resource = resources[group.resource_name];
      resource.name = group.resource_name;
      AddGroup(offer, pf, group, prefix, resource);
    }
  }
  std::vector<VfResource> list;
  for (auto& [name, resource] : resources) list.push_back(std::move(resource));
  return list;
}

}  // namespace railhook

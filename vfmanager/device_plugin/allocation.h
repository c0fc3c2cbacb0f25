#pragma once
// What a container is given with its VFs. Pure. Names and forms are those of
// sriov-network-device-plugin, which programs and CNI plugins know.

#include <map>
#include <string>
#include <vector>

#include "vfmanager/device_plugin/resources.h"

namespace railhook {

struct VfAllocation {
  // PCIDEVICE_<RESOURCE>, the VFs' addresses with commas between, and PCIDEVICE_<RESOURCE>_INFO.
  std::map<std::string, std::string> environment;
  std::vector<std::string> device_nodes;  // paths below /dev, each once
};

// `resource` with its prefix. `has_rdma_cm`: whether the host has /dev/infiniband/rdma_cm, which
// all RDMA devices share.
VfAllocation AllocationOf(const std::string& resource, const std::vector<VfDevice>& devices,
                          bool has_rdma_cm);

// What Multus passes on to CNI plugins and writes into the pod's network status, and the name of
// its file in the devinfo folder.
std::string DeviceInfoText(const VfDevice& device);
std::string DeviceInfoFile(const std::string& resource, const VfDevice& device);

}  // namespace railhook

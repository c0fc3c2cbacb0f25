#include "vfmanager/device_plugin/allocation.h"

#include <algorithm>
#include <cctype>

#include "base/contains.h"
#include "base/json.h"
#include "base/text.h"
#include "vfmanager/device_plugin/device_nodes.h"

namespace railhook {
namespace {

constexpr auto kVersion = "1.1.0";  // of device information, as Multus 4 has it

// A dash stays: so do the programs that look for the variable expect it.
std::string VariableOf(const std::string& resource) {
  std::string name = "PCIDEVICE_" + resource;
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char letter) {
    return letter == '.' || letter == '/' ? '_' : static_cast<char>(std::toupper(letter));
  });
  return name;
}

// "uverbs" of "infiniband/uverbs12".
std::string KindOf(const std::string& node) {
  const std::string name = node.substr(node.rfind('/') + 1);
  return name.substr(0, name.find_last_not_of("0123456789") + 1);
}

Json RdmaInfo(const RdmaDevice& rdma, bool has_rdma_cm) {
  Json info = {{"rdma_dev", rdma.name}};
  for (const std::string& node : rdma.char_devices) info[KindOf(node)] = PathInContainer(node);
  if (has_rdma_cm) info["rdma_cm"] = PathInContainer(kRdmaCm);
  return info;
}

Json InfoOf(const VfDevice& device, bool has_rdma_cm) {
  Json info = {{"generic", {{"deviceID", device.address}}}};
  if (device.rdma) info["rdma"] = RdmaInfo(*device.rdma, has_rdma_cm);
  if (device.vfio_group >= 0) {
    info["vfio"] = {{"mount", PathInContainer(kVfioContainer)},
                    {"dev-mount", PathInContainer(VfioGroup(device.vfio_group))}};
  }
  return info;
}

void AddNodes(const VfDevice& device, bool has_rdma_cm, std::vector<std::string>& nodes) {
  std::vector<std::string> own;
  if (device.rdma) {
    own = device.rdma->char_devices;
    if (has_rdma_cm) own.emplace_back(kRdmaCm);
  }
  if (device.vfio_group >= 0) {
    own.insert(own.end(), {std::string(kVfioContainer), VfioGroup(device.vfio_group)});
  }
  for (std::string& node : own) {
    if (!Contains(nodes, node)) nodes.push_back(std::move(node));
  }
}

}  // namespace

VfAllocation AllocationOf(const std::string& resource, const std::vector<VfDevice>& devices,
                          bool has_rdma_cm) {
  VfAllocation allocation;
  std::vector<std::string> addresses;
  Json infos = Json::object();
  for (const VfDevice& device : devices) {
    addresses.push_back(device.address);
    infos[device.address] = InfoOf(device, has_rdma_cm);
    AddNodes(device, has_rdma_cm, allocation.device_nodes);
  }
  const std::string variable = VariableOf(resource);
  allocation.environment = {{variable, Join(addresses, ",")}, {variable + "_INFO", Compact(infos)}};
  return allocation;
}

std::string DeviceInfoText(const VfDevice& device) {
  Json pci = {{"pci-address", device.address}, {"pf-pci-address", device.pf}};
  if (device.rdma) pci["rdma-device"] = device.rdma->name;
  return Compact(Json{{"type", "pci"}, {"version", kVersion}, {"pci", pci}});
}

std::string DeviceInfoFile(const std::string& resource, const VfDevice& device) {
  std::string name = resource;
  std::replace(name.begin(), name.end(), '/', '-');
  return name + "-" + device.address + "-device.json";
}

}  // namespace railhook

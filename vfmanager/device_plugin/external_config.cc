#include "vfmanager/device_plugin/external_config.h"

#include "base/json.h"

namespace railhook {
namespace {

OrderedJson Selector(const VfResource& resource) {
  OrderedJson addresses = OrderedJson::array();
  for (const VfDevice& device : resource.devices) addresses.push_back(device.address);
  return {{"pciAddresses", addresses}, {"isRdma", resource.is_rdma}};
}

OrderedJson Entry(const std::string& prefix, const VfResource& resource) {
  OrderedJson entry = {{"resourceName", resource.name}, {"resourcePrefix", prefix}};
  if (resource.exclude_topology) entry["excludeTopology"] = true;
  entry["selectors"] = Selector(resource);
  return entry;
}

}  // namespace

// A selector with an empty list of addresses would choose every NIC of the node.
std::string ExternalConfig(const std::string& prefix, const std::vector<VfResource>& resources) {
  OrderedJson list = OrderedJson::array();
  for (const VfResource& resource : resources) {
    if (!resource.devices.empty()) list.push_back(Entry(prefix, resource));
  }
  return OrderedJson{{"resourceList", list}}.dump(2) + "\n";
}

std::string WhyUnready(const std::vector<VfResource>& resources) {
  for (const VfResource& resource : resources) {
    if (!resource.missing.empty()) {
      return resource.missing.front() + ", of resource " + resource.name + ", isn't there";
    }
    for (const VfDevice& device : resource.devices) {
      if (!device.unready.empty()) return "VF " + device.address + ": " + device.unready;
    }
  }
  return "";
}

}  // namespace railhook

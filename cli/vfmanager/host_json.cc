#include "cli/vfmanager/host_json.h"

namespace railhook {
namespace {

template <typename Value>
OrderedJson OrNull(const std::optional<Value>& value) {
  return value ? OrderedJson(*value) : OrderedJson(nullptr);
}

template <typename Address>
OrderedJson SetOrNull(const Address& address) {
  return address.IsSet() ? OrderedJson(address.Text()) : OrderedJson(nullptr);
}

OrderedJson NotBelowZero(int number) {
  return number < 0 ? OrderedJson(nullptr) : OrderedJson(number);
}

OrderedJson RdmaJson(const std::optional<RdmaDevice>& rdma) {
  if (!rdma) return nullptr;
  OrderedJson json;
  json["name"] = rdma->name;
  json["nodeGuid"] = rdma->node_guid ? OrderedJson(rdma->node_guid->Text()) : OrderedJson(nullptr);
  json["charDevices"] = rdma->char_devices;
  return json;
}

OrderedJson VfJson(const VirtualFunction& vf) {
  OrderedJson json;
  json["vfID"] = vf.index;
  json["pciAddress"] = vf.address;
  json["vendor"] = vf.vendor;
  json["deviceID"] = vf.device_id;
  json["driver"] = vf.driver;
  json["netdev"] = vf.netdev;
  json["mac"] = SetOrNull(vf.mac);
  json["adminMac"] = SetOrNull(vf.admin_mac);
  json["adminNodeGuid"] = SetOrNull(vf.admin_node_guid);
  json["adminPortGuid"] = SetOrNull(vf.admin_port_guid);
  json["vlan"] = vf.vlan;
  json["mtu"] = OrNull(vf.mtu);
  json["rdma"] = RdmaJson(vf.rdma);
  json["iommuGroup"] = NotBelowZero(vf.iommu_group);
  json["numaNode"] = NotBelowZero(vf.numa_node);
  return json;
}

void TellLink(OrderedJson& json, const PhysicalFunction& pf) {
  json["mac"] = SetOrNull(pf.mac);
  json["mtu"] = OrNull(pf.mtu);
  json["maxMtu"] = pf.max_mtu == 0 ? OrderedJson(nullptr) : OrderedJson(pf.max_mtu);
  json["up"] = pf.up;
  json["carrier"] = pf.carrier;
  json["linkType"] = pf.link_type ? OrderedJson(TextOf(*pf.link_type)) : OrderedJson(nullptr);
  json["linkSpeed"] = pf.speed;
}

OrderedJson PfJson(const PhysicalFunction& pf) {
  OrderedJson json;
  json["pciAddress"] = pf.address;
  json["name"] = pf.name;
  json["altNames"] = pf.alt_names;
  json["vendor"] = pf.vendor;
  json["deviceID"] = pf.device_id;
  json["driver"] = pf.driver;
  TellLink(json, pf);
  json["rdma"] = RdmaJson(pf.rdma);
  json["numaNode"] = NotBelowZero(pf.numa_node);
  json["totalVfs"] = pf.total_vfs;
  json["numVfs"] = pf.num_vfs;
  json["probesVfs"] = pf.probes_vfs;
  json["vfs"] = OrderedJson::array();
  for (const VirtualFunction& vf : pf.vfs) json["vfs"].push_back(VfJson(vf));
  return json;
}

}  // namespace

OrderedJson HostJson(const HostState& host) {
  OrderedJson json;
  json["rdmaMode"] = host.rdma_mode ? OrderedJson(TextOf(*host.rdma_mode)) : OrderedJson(nullptr);
  json["pfs"] = OrderedJson::array();
  for (const PhysicalFunction& pf : host.pfs) json["pfs"].push_back(PfJson(pf));
  return json;
}

}  // namespace railhook

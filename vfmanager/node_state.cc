#include "vfmanager/node_state.h"

#include <algorithm>

#include "base/json.h"
#include "k8sclient/object.h"

namespace railhook {
namespace {

void Put(Json& object, const char* key, const std::string& text) {
  if (!text.empty()) object[key] = text;
}

void Put(Json& object, const char* key, const std::optional<int>& number) {
  if (number) object[key] = *number;
}

MacAddress ShownMac(const VirtualFunction& vf) { return vf.mac.IsSet() ? vf.mac : vf.admin_mac; }

Guid ShownGuid(const VirtualFunction& vf) {
  const bool read = vf.rdma && vf.rdma->node_guid;
  return read ? *vf.rdma->node_guid : vf.admin_node_guid;
}

Json VfOf(const VirtualFunction& vf) {
  Json object = {{"vfID", vf.index}, {"pciAddress", vf.address}};
  Put(object, "name", vf.netdev);
  Put(object, "vendor", vf.vendor);
  Put(object, "deviceID", vf.device_id);
  Put(object, "driver", vf.driver);
  Put(object, "mtu", vf.mtu);
  if (vf.vlan != 0) object["Vlan"] = vf.vlan;
  if (const MacAddress mac = ShownMac(vf); mac.IsSet()) object["mac"] = mac.Text();
  if (const Guid guid = ShownGuid(vf); guid.IsSet()) object["guid"] = guid.Text();
  return object;
}

bool IsExternallyManaged(const DesiredNode& desired, const std::string& address) {
  return std::ranges::any_of(desired.pfs, [&](const DesiredPf& pf) {
    return pf.address == address && pf.externally_managed;
  });
}

Json PfOf(const PhysicalFunction& pf, const DesiredNode& desired) {
  Json object = {{"pciAddress", pf.address}, {"totalvfs", pf.total_vfs}, {"numVfs", pf.num_vfs}};
  Put(object, "name", pf.name);
  Put(object, "vendor", pf.vendor);
  Put(object, "deviceID", pf.device_id);
  Put(object, "driver", pf.driver);
  Put(object, "mtu", pf.mtu);
  Put(object, "linkSpeed", pf.speed);
  if (!pf.name.empty()) object["linkAdminState"] = pf.up ? "up" : "down";
  if (pf.mac.IsSet()) object["mac"] = pf.mac.Text();
  if (!pf.alt_names.empty()) object["altNames"] = pf.alt_names;
  if (pf.link_type) object["linkType"] = TextOf(*pf.link_type);
  if (IsExternallyManaged(desired, pf.address)) object["externallyManaged"] = true;
  for (const VirtualFunction& vf : pf.vfs) object["Vfs"].push_back(VfOf(vf));
  return object;
}

void DropPassing(Json& vf) {
  if (!vf.is_object()) return;
  for (const char* passing : {"name", "mac", "mtu", "guid"}) vf.erase(passing);
}

const Json* Find(const Json& conditions, const std::string& type) {
  if (!conditions.is_array()) return nullptr;
  const auto found = std::ranges::find_if(
      conditions, [&](const Json& condition) { return TextMember(&condition, "type") == type; });
  return found == conditions.end() ? nullptr : &*found;
}

}  // namespace

Json NewNodeState(const std::string& name_space, const std::string& node,
                  const std::string& node_uid) {
  Json owner = {{"apiVersion", "v1"}, {"kind", "Node"}, {"name", node}, {"uid", node_uid}};
  return {{"apiVersion", "sriovnetwork.openshift.io/v1"},
          {"kind", "SriovNetworkNodeState"},
          {"metadata",
           {{"name", node},
            {"namespace", name_space},
            {"ownerReferences", Json::array({std::move(owner)})}}}};
}

StringMap StateAnnotations(const NodeReport& report) {
  return {{"sriovnetwork.openshift.io/desired-state", report.desired_state},
          {"sriovnetwork.openshift.io/current-state", report.current_state}};
}

Json ConditionsOf(const NodeReport& report, const Json& former, const std::string& now) {
  Json conditions = Json::array();
  for (const Condition& condition : report.conditions) {
    const std::string status = condition.holds ? "True" : "False";
    const Json* before = Find(former, condition.type);
    const bool same = before != nullptr && TextMember(before, "status") == status;
    conditions.push_back(
        {{"type", condition.type},
         {"status", status},
         {"reason", condition.reason},
         {"message", condition.message},
         {"lastTransitionTime", same ? TextMember(before, "lastTransitionTime") : now}});
  }
  return conditions;
}

Json StatusOf(const HostState& host, const DesiredNode& desired, const NodeReport& report) {
  Json status = {{"syncStatus", TextOf(report.sync)},
                 {"lastSyncError", nullptr},
                 {"system", nullptr},
                 {"interfaces", Json::array()}};
  if (!report.error.empty()) status["lastSyncError"] = report.error;
  if (host.rdma_mode) status["system"] = {{"rdmaMode", TextOf(*host.rdma_mode)}};
  for (const PhysicalFunction& pf : host.pfs) status["interfaces"].push_back(PfOf(pf, desired));
  return status;
}

Json SteadyPart(Json status) {
  if (!status.is_object()) return Json::object();
  for (auto member = status.begin(); member != status.end();)
    member = member->is_null() ? status.erase(member) : std::next(member);
  if (!status.contains("interfaces")) return status;
  for (Json& pf : status["interfaces"])
    if (pf.contains("Vfs"))
      for (Json& vf : pf["Vfs"]) DropPassing(vf);
  return status;
}

}  // namespace railhook

#include "multus/cni_types.h"

#include <algorithm>

namespace railhook {

const std::vector<CniType>& CniTypes() {
  static const std::vector<CniType> kTypes = {
      {"custom", "customCNI", {}, "", false},
      {"ib-sriov",
       "ibsriov",
       {"resourceName", "pkey", "linkState", "rdmaIsolation", "enableIbKubernetes", "ippools"},
       "resourceName",
       true},
      {"ipoib", "ipoib", {"master", "ippools"}, "", true},
      {"ipvlan",
       "ipvlan",
       {"master", "mtu", "vlanID", "bond", "rdmaResourceName", "ippools"},
       "rdmaResourceName",
       true},
      {"macvlan",
       "macvlan",
       {"master", "mtu", "vlanID", "bond", "rdmaResourceName", "ippools"},
       "rdmaResourceName",
       true},
      {"ovs", "ovs", {"bridge", "vlan", "trunk", "deviceID", "ippools"}, "", false},
      {"sriov",
       "sriov",
       {"resourceName", "vlanID", "mtu", "minTxRateMbps", "maxTxRateMbps", "rdmaIsolation",
        "ippools"},
       "resourceName",
       true},
      {"vlan",
       "vlan",
       {"master", "mtu", "vlanID", "vlanMode", "bond", "rdmaResourceName", "ippools"},
       "rdmaResourceName",
       true}};
  return kTypes;
}

const CniType* FindCniType(std::string_view name) {
  const auto& types = CniTypes();
  const auto found = std::find_if(types.begin(), types.end(),
                                  [&](const CniType& type) { return type.name == name; });
  return found == types.end() ? nullptr : &*found;
}

}  // namespace railhook

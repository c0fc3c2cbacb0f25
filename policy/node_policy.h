#pragma once
// SriovNetworkNodePolicy (sriovnetwork.openshift.io/v1): which virtual functions a node shall have,
// and what they are called. docs/vfmanager.md says which of its fields count.

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "k8sclient/finding.h"
#include "k8sclient/object.h"
#include "policy/vf_range.h"

namespace railhook {

enum class DeviceType { kNetdevice, kVfioPci };
enum class LinkType { kEthernet, kInfiniBand };
std::string_view TextOf(DeviceType type);  // "netdevice", "vfio-pci"
std::string_view TextOf(LinkType type);    // "ETH", "IB", as upstream's status writes them

// "ens1" is all VFs of a PF, "ens1#0-3" some; an altname will do as well.
struct PfName {
  std::string name;
  std::optional<VfRange> vfs;

  bool operator==(const PfName&) const = default;
};

// All members that aren't empty must fit; of a list, any item.
struct NicSelector {
  std::string vendor;                     // of the PF, four hexadecimal digits in lower case
  std::string device_id;                  // of the PF
  std::vector<std::string> root_devices;  // PCI addresses of PFs
  std::vector<PfName> pf_names;

  // Such a selector chooses no NIC.
  bool empty() const {
    return vendor.empty() && device_id.empty() && root_devices.empty() && pf_names.empty();
  }
  bool operator==(const NicSelector&) const = default;
};

struct NodePolicy {
  std::string name_space;
  std::string name;
  std::string resource_name;  // without a prefix
  StringMap node_selector;    // empty: every node
  int priority = 0;           // 0 to 99; 0 is the strongest
  int num_vfs = 0;            // of each PF; 0 only where `nics` is empty
  std::optional<int> mtu;     // bytes; none: leave it
  NicSelector nics;
  DeviceType device_type = DeviceType::kNetdevice;
  bool is_rdma = false;
  std::optional<LinkType> link_type;  // none: any
  bool exclude_topology = false;
  bool externally_managed = false;  // the VFs are somebody else's: only look at them

  bool operator==(const NodePolicy&) const = default;
};

// All that is wrong with an object by itself, each naming field, value and what to write; what this
// program doesn't do (switchdev, vDPA, OVS, netFilter, ...) is an error too. Takes any JSON.
std::vector<Finding> ValidateNodePolicy(const nlohmann::json& object);

// kInvalid is the first error of ValidateNodePolicy.
Result<NodePolicy> ReadNodePolicy(const nlohmann::json& object);

}  // namespace railhook

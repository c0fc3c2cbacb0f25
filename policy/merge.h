#pragma once
// What a node's policies come to, PF by PF. Pure.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "policy/node_policy.h"

namespace railhook {

// What a NicSelector looks at.
struct Nic {
  std::string address;  // of PCI: "0000:04:00.0"
  std::string name;
  std::vector<std::string> alt_names;
  std::string vendor;
  std::string device_id;
};

// VFs of one PF that one policy speaks for.
struct VfGroup {
  VfRange vfs;
  std::string policy;  // its name
  std::string resource_name;
  DeviceType device_type = DeviceType::kNetdevice;
  std::optional<int> mtu;
  bool is_rdma = false;
  bool exclude_topology = false;

  bool operator==(const VfGroup&) const = default;
};

struct DesiredPf {
  std::string address;
  std::string name;
  int num_vfs = 0;         // the most that any of the policies asks for, at least 1
  std::optional<int> mtu;  // the PF's own must be at least this
  std::optional<LinkType> link_type;
  bool externally_managed = false;
  std::vector<VfGroup> groups;        // by their first VF; none overlaps another
  std::vector<std::string> policies;  // that chose this PF, the strongest first

  // The group of a VF, or null.
  const VfGroup* GroupOf(int vf) const;
  bool operator==(const DesiredPf&) const = default;
};

struct DesiredNode {
  std::vector<DesiredPf> pfs;  // in the order of `nics`; those that no policy chose are left out
  // Contradictions, for people, by the PF's address: nothing may be changed on these PFs, which are
  // not in `pfs`.
  std::map<std::string, std::string> refused;
  // For people: policies that chose no PF of this node, VFs that went to a stronger policy, ...
  std::vector<std::string> notes;

  bool operator==(const DesiredNode&) const = default;
};

// Policies by priority, then by name: a stronger one takes the VFs that it names, a weaker one
// keeps what is left. A policy that names no range names VFs 0 to its numVfs - 1. Two of one
// priority that name the same VF, or differ in linkType or externallyManaged on one PF, contradict
// each other; between priorities the stronger's hold. In which order `policies` stand makes no
// difference.
DesiredNode MergePolicies(const std::vector<NodePolicy>& policies, const StringMap& node_labels,
                          const std::vector<Nic>& nics);

// As far as it can be said without a node: contradictions of `policy` with `others` of its
// namespace and priority, where one node may have both: what MergePolicies refuses on a PF that
// both name, and one resource of VFs that aren't alike. Itself may be among `others`. For people.
std::vector<std::string> Contradictions(const NodePolicy& policy,
                                        const std::vector<NodePolicy>& others);

}  // namespace railhook

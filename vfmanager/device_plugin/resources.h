#pragma once
// Which VFs each resource of a node has, and whether a pod may have them. Pure.

#include <optional>
#include <string>
#include <vector>

#include "vfmanager/vf_offer.h"

namespace railhook {

// A VF as kubelet knows it.
struct VfDevice {
  std::string address;   // of PCI; kubelet's id
  std::string pf;        // its PF's address
  std::string unready;   // what it lacks before any pod could use it, for people; "": nothing
  std::string trouble;   // why no pod may have it now: `unready`, or its PF is down; "": healthy
  int numa_node = -1;    // -1: none, or not to be told
  bool is_rdma = false;  // its policy says so
  std::optional<RdmaDevice> rdma;     // of one that is being allocated; not from DevicesOf
  int vfio_group = -1;                // of a VF for vfio-pci
  std::vector<std::string> pci_path;  // the bridges above it, from the root; not from DevicesOf

  bool operator==(const VfDevice&) const = default;
};

struct VfResource {
  std::string name;  // without a prefix
  bool is_rdma = false;
  bool exclude_topology = false;
  std::vector<VfDevice> devices;     // by PF, then by index
  std::vector<std::string> missing;  // VFs that policies want and that aren't there, for people

  bool operator==(const VfResource&) const = default;
};

// What a VF for RDMA lacks, for people; "": nothing.
std::string RdmaTrouble(const std::optional<RdmaDevice>& rdma);

// By their names. A resource is there as soon as a policy chooses a PF for it, even without VFs.
// A VF that a pod holds under another resource (`prefix` is that of all) is for nobody until that
// pod is gone. One that a pod holds under its own lacks nothing where its devices are in the pod's
// network namespace, or where it has no driver, as a CNI plugin is binding it anew.
std::vector<VfResource> DevicesOf(const VfOffer& offer, const std::string& prefix);

}  // namespace railhook

#pragma once
// The MACs and GUIDs that VFs are given: from a file, or derived from the PF and the VF's index,
// and so the same after every reboot. Pure but for ReadIdentities.

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "vfmanager/hardware_address.h"
#include "vfmanager/host_state.h"

namespace railhook {

class Identities {
 public:
  // The static file of sriov-network-operator: a JSON list of PFs (pciAddress or pci_address, or
  // pfGuid or pf_guid) with guids, or guidsRange with start and end. kInvalid names entry, key and
  // value.
  static Result<Identities> Parse(std::string_view text);

  Guid GuidOf(const PhysicalFunction& pf, int vf) const;
  MacAddress MacOf(const PhysicalFunction& pf, int vf) const;

 private:
  std::map<std::string, std::vector<Guid>> guids_;  // by the PF's address, or its GUID
};

// Those of a file; all derived where it doesn't exist.
Result<Identities> ReadIdentities(const std::filesystem::path& file);

}  // namespace railhook

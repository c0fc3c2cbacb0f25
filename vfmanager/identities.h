#pragma once
// The MACs and GUIDs that VFs are given: from a file, or derived from the PF and the VF's index,
// and so the same after every reboot. Pure but for ReadIdentities.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "vfmanager/hardware_address.h"
#include "vfmanager/host_state.h"

namespace railhook {

// The GUIDs of one PF's VFs, in the order of their index.
struct StaticGuids {
  std::string pci_address;  // of the PF, or "" where it is named by
  Guid pf_guid;
  std::vector<Guid> guids;  // or, where there are none, from the first to the last:
  Guid first;
  Guid last;

  // None beyond the end.
  std::optional<Guid> Of(int vf) const;
};

class Identities {
 public:
  // The static file of sriov-network-operator: a JSON list of PFs (pciAddress or pci_address, or
  // pfGuid or pf_guid) with guids, or guidsRange with start and end. kInvalid names entry, key and
  // value, or a GUID that is there twice.
  static Result<Identities> Parse(std::string_view text);

  // For people: entries that are for none of these PFs.
  std::vector<std::string> Strays(const std::vector<PhysicalFunction>& pfs) const;

  // The file's where it has one, else one that begins with 06 and follows from the PF's GUID (or
  // MAC), its PCI address and the index.
  Guid GuidOf(const PhysicalFunction& pf, int vf) const;
  // Locally administered; its first byte ends in 6. Follows from the PF's permanent MAC, its PCI
  // address and the index.
  static MacAddress MacOf(const PhysicalFunction& pf, int vf);

 private:
  std::vector<StaticGuids> guids_;
};

// Those of a file; all derived where it doesn't exist.
Result<Identities> ReadIdentities(const std::filesystem::path& file);

}  // namespace railhook

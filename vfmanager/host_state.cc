#include "vfmanager/host_state.h"

#include <algorithm>

namespace railhook {

Nic PhysicalFunction::AsNic() const { return {address, name, alt_names, vendor, device_id}; }

const PhysicalFunction* HostState::Find(std::string_view address) const {
  const auto found = std::find_if(
      pfs.begin(), pfs.end(), [&](const PhysicalFunction& pf) { return pf.address == address; });
  return found == pfs.end() ? nullptr : &*found;
}

std::vector<Nic> HostState::Nics() const {
  std::vector<Nic> nics;
  for (const PhysicalFunction& pf : pfs) nics.push_back(pf.AsNic());
  return nics;
}

}  // namespace railhook

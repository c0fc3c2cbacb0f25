#include "vfmanager/device_plugin/preference.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "base/contains.h"

namespace railhook {
namespace {

using Devices = std::vector<const VfDevice*>;

Devices Find(const std::vector<VfDevice>& devices, const std::vector<std::string>& addresses) {
  Devices found;
  for (const VfDevice& device : devices) {
    if (Contains(addresses, device.address)) found.push_back(&device);
  }
  return found;
}

// How many bridges two devices have in common.
int CommonBridges(const VfDevice& a, const VfDevice& b) {
  const auto ends =
      std::mismatch(a.pci_path.begin(), a.pci_path.end(), b.pci_path.begin(), b.pci_path.end());
  return static_cast<int>(ends.first - a.pci_path.begin());
}

template <typename Of>
int CountOf(const Devices& devices, Of of) {
  return static_cast<int>(std::count_if(devices.begin(), devices.end(), of));
}

// Larger is better. Two VFs of one PF would share its port.
auto MeritOf(const VfDevice& device, const Devices& free, const Devices& chosen) {
  const auto on_node = [&](const VfDevice* o) { return o->numa_node == device.numa_node; };
  const auto of_pf = [&](const VfDevice* other) { return other->pf == device.pf; };
  int common = 0;
  for (const VfDevice* other : chosen) common += CommonBridges(device, *other);
  return std::tuple(CountOf(chosen, on_node), chosen.empty() ? CountOf(free, on_node) : 0,
                    -CountOf(chosen, of_pf), common, CountOf(free, of_pf));
}

// The first of the best.
Devices::iterator Best(Devices& free, const Devices& chosen) {
  return std::max_element(free.begin(), free.end(), [&](const VfDevice* a, const VfDevice* b) {
    return MeritOf(*a, free, chosen) < MeritOf(*b, free, chosen);
  });
}

}  // namespace

std::vector<std::string> Prefer(const std::vector<VfDevice>& devices,
                                const std::vector<std::string>& available,
                                const std::vector<std::string>& must_include, int size) {
  const auto wanted = static_cast<std::size_t>(std::max(size, 0));
  std::vector<std::string> addresses = must_include;
  Devices chosen = Find(devices, must_include);
  Devices free = Find(devices, available);
  std::erase_if(free, [&](const VfDevice* device) { return Contains(addresses, device->address); });
  while (addresses.size() < wanted && !free.empty()) {
    const auto best = Best(free, chosen);
    addresses.push_back((*best)->address);
    chosen.push_back(*best);
    free.erase(best);
  }
  for (const std::string& address : available) {
    if (addresses.size() < wanted && !Contains(addresses, address)) addresses.push_back(address);
  }
  return addresses;
}

}  // namespace railhook

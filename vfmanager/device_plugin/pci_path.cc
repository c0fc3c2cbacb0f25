#include "vfmanager/device_plugin/pci_path.h"

namespace railhook {

std::vector<std::string> PciPath(const std::filesystem::path& sysfs, const std::string& address) {
  std::error_code gone;
  const auto target = std::filesystem::read_symlink(sysfs / "bus/pci/devices" / address, gone);
  std::vector<std::string> path;
  for (const auto& part : target.parent_path()) {
    if (!path.empty() || part.native().starts_with("pci")) path.push_back(part);
  }
  return path;
}

}  // namespace railhook

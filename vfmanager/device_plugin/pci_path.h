#pragma once
// Where a PCI device sits.

#include <filesystem>
#include <string>
#include <vector>

namespace railhook {

// The root complex and the bridges above a device, from the root: "pci0000:00", "0000:00:01.0".
// None where the device is gone.
std::vector<std::string> PciPath(const std::filesystem::path& sysfs, const std::string& address);

}  // namespace railhook

#pragma once
// A PCI function in sysfs, as it is at the moment of asking.

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "vfmanager/host_paths.h"
#include "vfmanager/sysfs.h"

namespace railhook {

class PciFunction {
 public:
  PciFunction(const HostPaths& paths, std::string address)
      : address_(std::move(address)), folder_(paths.sysfs / "bus" / "pci" / "devices" / address_) {}

  const std::string& address() const { return address_; }
  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path File(std::string_view name) const { return folder_ / name; }

  std::string Text(std::string_view file) const { return ReadAttribute(File(file)); }
  // What it is bound to: "mlx5_core", or "".
  std::string Driver() const { return LinkedName(File("driver")); }
  // The first name in a folder ("ens1v0" of net), or "" where there is none.
  std::string NameIn(std::string_view folder) const {
    const auto names = NamesIn(File(folder));
    return names.empty() ? "" : names.front();
  }

 private:
  std::string address_;
  std::filesystem::path folder_;
};

}  // namespace railhook

#pragma once
// A directory with what sysfs shows of NICs.

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/certs/temporary_directory.h"
#include "vfmanager/host_paths.h"

namespace railhook {

class SysfsTree {
 public:
  SysfsTree() { std::filesystem::create_directories(Devices()); }

  HostPaths Paths() const {
    HostPaths paths;
    paths.sysfs = directory_.path();
    return paths;
  }
  std::filesystem::path Devices() const { return directory_.path() / "bus/pci/devices"; }

  // `file` is relative to the directory of PCI devices: "0000:01:00.0/sriov_numvfs".
  void Write(const std::string& file, const std::string& text) const {
    std::filesystem::create_directories((Devices() / file).parent_path());
    std::ofstream(Devices() / file) << text << '\n';
  }
  void Link(const std::string& link, const std::string& target) const {
    std::filesystem::create_directories((Devices() / link).parent_path());
    std::filesystem::create_symlink(target, Devices() / link);
  }

  void AddFunction(const std::string& address, const std::string& driver,
                   const std::string& netdev) const {
    Write(address + "/class", "0x020000");
    Write(address + "/vendor", "0x15b3");
    Write(address + "/device", "0x101b");
    Write(address + "/numa_node", "1");
    Write(address + "/driver_override", "(null)");
    if (!driver.empty()) Link(address + "/driver", "../../../bus/pci/drivers/" + driver);
    if (!netdev.empty()) Write(address + "/net/" + netdev + "/speed", "200000");
  }
  void AddPf(const std::string& address, const std::string& netdev, int total, int count) const {
    AddFunction(address, "mlx5_core", netdev);
    Write(address + "/sriov_totalvfs", std::to_string(total));
    Write(address + "/sriov_numvfs", std::to_string(count));
    Write(address + "/sriov_drivers_autoprobe", "1");
  }
  void AddVf(const std::string& pf, int index, const std::string& address,
             const std::string& driver = "mlx5_core", const std::string& netdev = "") const {
    AddFunction(address, driver, netdev);
    Link(pf + "/virtfn" + std::to_string(index), "../" + address);
    Link(address + "/physfn", "../" + pf);
  }
  void AddRdma(const std::string& address, const std::string& name, const std::string& guid,
               const std::string& uverbs) const {
    Write(address + "/infiniband/" + name + "/node_guid", guid);
    Write(address + "/infiniband/" + name + "/ports/1/link_layer", "InfiniBand");
    Write(address + "/infiniband/" + name + "/ports/1/rate", "400 Gb/sec (4X NDR)");
    Write(address + "/infiniband_verbs/" + uverbs + "/dev", "231:192");
  }

 private:
  TemporaryDirectory directory_;
};

}  // namespace railhook

#include "vfmanager/device_plugin/preference.h"

#include <doctest/doctest.h>

#include "tests/certs/temporary_directory.h"
#include "vfmanager/device_plugin/pci_path.h"

namespace railhook {
namespace {

using Texts = std::vector<std::string>;

// "pf3.1" is on PF pf3. PFs 1 and 2 stand below switch s1 of NUMA node 0, 3 below s2 of the same
// node, 4 on node 1.
VfDevice Vf(int pf, int index) {
  VfDevice device;
  device.pf = "pf" + std::to_string(pf);
  device.address = device.pf + "." + std::to_string(index);
  device.numa_node = pf < 4 ? 0 : 1;
  device.pci_path = {pf < 4 ? "pci0000:00" : "pci0000:80", pf < 3 ? "s1" : "s2",
                     "port" + std::to_string(pf)};
  return device;
}

std::vector<VfDevice> All() {
  std::vector<VfDevice> devices;
  for (int pf = 1; pf <= 4; ++pf) {
    for (int index = 0; index < 2; ++index) devices.push_back(Vf(pf, index));
  }
  return devices;
}

Texts Addresses(const std::vector<VfDevice>& devices) {
  Texts addresses;
  for (const VfDevice& device : devices) addresses.push_back(device.address);
  return addresses;
}

TEST_CASE("VFs come from the NUMA node that has the most, and from different PFs") {
  CHECK(Prefer(All(), Addresses(All()), {}, 3) == Texts{"pf1.0", "pf2.0", "pf3.0"});
}

TEST_CASE("what must be included decides the NUMA node") {
  CHECK(Prefer(All(), Addresses(All()), {"pf4.1"}, 2) == Texts{"pf4.1", "pf4.0"});
}

TEST_CASE("on a node the nearest PF is taken first") {
  CHECK(Prefer(All(), Addresses(All()), {"pf2.1"}, 2) == Texts{"pf2.1", "pf1.0"});
  CHECK(Prefer(All(), {"pf2.1", "pf2.0", "pf3.0", "pf1.1"}, {"pf2.1"}, 3) ==
        Texts{"pf2.1", "pf1.1", "pf3.0"});
}

TEST_CASE("of equal PFs the one with the most free VFs is taken") {
  CHECK(Prefer(All(), {"pf1.0", "pf2.0", "pf2.1"}, {}, 1) == Texts{"pf2.0"});
}

TEST_CASE("a pod that needs more than a NUMA node has gets the rest elsewhere") {
  CHECK(Prefer(All(), {"pf3.0", "pf4.0", "pf4.1"}, {}, 3) == Texts{"pf4.0", "pf4.1", "pf3.0"});
}

TEST_CASE("where there are fewer, all are given; unknown ones come last") {
  CHECK(Prefer(All(), {"pf1.0"}, {}, 3) == Texts{"pf1.0"});
  CHECK(Prefer(All(), {"new", "pf1.0"}, {}, 2) == Texts{"pf1.0", "new"});
  CHECK(Prefer({}, {"x", "y"}, {"y"}, 2) == Texts{"y", "x"});
  CHECK(Prefer(All(), Addresses(All()), {}, 0).empty());
  CHECK(Prefer(All(), Addresses(All()), {}, -1).empty());
}

TEST_CASE("the bridges above a device are read from sysfs") {
  const TemporaryDirectory sysfs;
  const auto devices = sysfs.path() / "bus/pci/devices";
  std::filesystem::create_directories(devices);
  std::filesystem::create_symlink(
      "../../../devices/pci0000:00/0000:00:01.0/0000:01:00.0/0000:02:10.1",
      devices / "0000:02:10.1");
  CHECK(PciPath(sysfs.path(), "0000:02:10.1") ==
        Texts{"pci0000:00", "0000:00:01.0", "0000:01:00.0"});
  CHECK(PciPath(sysfs.path(), "0000:02:10.7").empty());
}

}  // namespace
}  // namespace railhook

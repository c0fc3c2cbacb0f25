#include "vfmanager/device_plugin/allocation.h"

#include <doctest/doctest.h>

#include "tests/vfmanager/device_plugin/rail_node.h"

namespace railhook {
namespace {

using Texts = std::vector<std::string>;

std::vector<VfDevice> FirstDevices(std::size_t count) {
  auto devices = DevicesOf({DesiredRails(), RailHost(), {}}, "spidernet.io")[0].devices;
  devices.resize(count);
  for (std::size_t index = 0; index < count; ++index)
    devices[index].rdma = RailVf(1, static_cast<int>(index)).rdma;
  return devices;
}

VfDevice VfioDevice() {
  VfDevice device;
  device.address = "0000:03:10.1";
  device.pf = "0000:03:00.0";
  device.vfio_group = 42;
  return device;
}

TEST_CASE(
    "a container is told its VFs' addresses and devices as sriov-network-device-plugin does") {
  const auto given = AllocationOf("spidernet.io/gpu1rdma", FirstDevices(2), true);
  REQUIRE(given.environment.size() == 2);
  CHECK(given.environment.at("PCIDEVICE_SPIDERNET_IO_GPU1RDMA") == "0000:01:10.0,0000:01:10.1");
  CHECK(
      given.environment.at("PCIDEVICE_SPIDERNET_IO_GPU1RDMA_INFO") ==
      R"({"0000:01:10.0":{"generic":{"deviceID":"0000:01:10.0"},"rdma":{"rdma_cm":"/dev/infiniband/rdma_cm",)"
      R"("rdma_dev":"mlx5_10","umad":"/dev/infiniband/umad10","uverbs":"/dev/infiniband/uverbs10"}},)"
      R"("0000:01:10.1":{"generic":{"deviceID":"0000:01:10.1"},"rdma":{"rdma_cm":"/dev/infiniband/rdma_cm",)"
      R"("rdma_dev":"mlx5_11","umad":"/dev/infiniband/umad11","uverbs":"/dev/infiniband/uverbs11"}}})");
}

TEST_CASE("a variable keeps the dash of its resource, as its readers do") {
  CHECK(AllocationOf("a.b/c-d", {}, false).environment.contains("PCIDEVICE_A_B_C-D"));
}

TEST_CASE("a container gets each device node once") {
  CHECK(AllocationOf("a/b", FirstDevices(2), true).device_nodes ==
        Texts{"infiniband/uverbs10", "infiniband/umad10", "infiniband/rdma_cm",
              "infiniband/uverbs11", "infiniband/umad11"});
  CHECK(AllocationOf("a/b", FirstDevices(1), false).device_nodes ==
        Texts{"infiniband/uverbs10", "infiniband/umad10"});
}

TEST_CASE("a VF for vfio-pci comes with its group and the container of groups") {
  const auto given = AllocationOf("a/b", {VfioDevice()}, true);
  CHECK(given.device_nodes == Texts{"vfio/vfio", "vfio/42"});
  CHECK(given.environment.at("PCIDEVICE_A_B_INFO") ==
        R"({"0000:03:10.1":{"generic":{"deviceID":"0000:03:10.1"},)"
        R"("vfio":{"dev-mount":"/dev/vfio/42","mount":"/dev/vfio/vfio"}}})");
}

TEST_CASE("Multus is told of the VF, its PF and its RDMA device, in a file of its own") {
  CHECK(DeviceInfoFile("spidernet.io/gpu1rdma", FirstDevices(1)[0]) ==
        "spidernet.io-gpu1rdma-0000:01:10.0-device.json");
  CHECK(DeviceInfoText(FirstDevices(1)[0]) ==
        R"({"pci":{"pci-address":"0000:01:10.0","pf-pci-address":"0000:01:00.0",)"
        R"("rdma-device":"mlx5_10"},"type":"pci","version":"1.1.0"})");
  CHECK(DeviceInfoText(VfioDevice()) ==
        R"({"pci":{"pci-address":"0000:03:10.1","pf-pci-address":"0000:03:00.0"},)"
        R"("type":"pci","version":"1.1.0"})");
}

}  // namespace
}  // namespace railhook

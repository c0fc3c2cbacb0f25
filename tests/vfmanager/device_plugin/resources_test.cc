#include "vfmanager/device_plugin/resources.h"

#include <doctest/doctest.h>

#include "tests/vfmanager/device_plugin/rail_node.h"

namespace railhook {
namespace {

// The first VF of the first rail after `change`.
template <typename Change>
VfDevice FirstAfter(Change change, const DesiredNode& desired = DesiredRails(),
                    const VfHolders& holders = {}) {
  HostState host = RailHost();
  host.rdma_mode = RdmaMode::kExclusive;
  change(host.pfs[0], host.pfs[0].vfs[0]);
  return DevicesOf({desired, host, holders}, "spidernet.io").at(0).devices.at(0);
}

const VfHolders kHeld = {{"0000:01:10.0", {"team/train", "spidernet.io/gpu1rdma"}}};
const VfHolders kHeldElsewhere = {{"0000:01:10.0", {"team/train", "spidernet.io/old"}}};

TEST_CASE("each resource has the VFs of its group, healthy and for RDMA") {
  const auto resources = DevicesOf({DesiredRails(), RailHost(), {}}, "spidernet.io");
  REQUIRE(resources.size() == 2);
  CHECK(resources[0].name == "gpu1rdma");
  CHECK(resources[1].name == "gpu2rdma");
  REQUIRE(resources[1].devices.size() == 3);
  const VfDevice& last = resources[1].devices[2];
  CHECK(last.address == "0000:02:10.2");
  CHECK(last.pf == "0000:02:00.0");
  CHECK(last.trouble == "");
  CHECK(last.numa_node == 1);
  CHECK(last.is_rdma);
  CHECK(last.vfio_group == -1);
}

TEST_CASE("one PF's VFs may be of several resources, and one resource of several PFs") {
  DesiredNode desired = DesiredRails();
  desired.pfs[0].groups = {RailGroup("shared", {0, 0}), RailGroup("own", {1, 2})};
  desired.pfs[1].groups = {RailGroup("shared", {2, 2})};
  const auto resources = DevicesOf({desired, RailHost(), {}}, "spidernet.io");
  REQUIRE(resources.size() == 2);
  CHECK(resources[0].name == "own");
  CHECK(resources[0].devices.size() == 2);
  REQUIRE(resources[1].devices.size() == 2);
  CHECK(resources[1].devices[0].address == "0000:01:10.0");
  CHECK(resources[1].devices[1].address == "0000:02:10.2");
}

TEST_CASE("VFs that aren't there are named, and their resource stays") {
  HostState host = RailHost();
  host.pfs[0].vfs.resize(1);
  host.pfs.pop_back();
  const auto resources = DevicesOf({DesiredRails(), host, {}}, "spidernet.io");
  REQUIRE(resources.size() == 2);
  CHECK(resources[0].devices.size() == 1);
  CHECK(resources[0].missing == std::vector<std::string>{"VF 1 of ens1", "VF 2 of ens1"});
  CHECK(resources[1].devices.empty());
  CHECK(resources[1].missing.size() == 3);
}

TEST_CASE("a VF without its driver, or with another, is not for pods") {
  CHECK(FirstAfter([](auto&, auto& vf) { vf.driver = ""; }).trouble == "it has no driver");
  const auto other = FirstAfter([](auto&, auto& vf) { vf.driver = "vfio-pci"; });
  CHECK(other.trouble == "its driver is vfio-pci, and policy gpu1rdma-policy wants netdevice");
  CHECK(other.unready == other.trouble);
}

TEST_CASE("a VF for RDMA needs a device that has nodes in /dev and a GUID") {
  CHECK(FirstAfter([](auto&, auto& vf) { vf.rdma.reset(); }).trouble == "it has no RDMA device");
  CHECK(FirstAfter([](auto&, auto& vf) { vf.rdma->char_devices.clear(); }).trouble ==
        "mlx5_10 has no character devices in /dev");
  for (const std::uint64_t unset : {std::uint64_t{0}, ~std::uint64_t{0}}) {
    CHECK(FirstAfter([&](auto&, auto& vf) { vf.rdma->node_guid = Guid{unset}; }).trouble ==
          "the node GUID of mlx5_10 isn't set");
  }
  CHECK(FirstAfter([](auto&, auto& vf) { vf.rdma->node_guid.reset(); }).trouble == "");
}

TEST_CASE("a VF whose policy says nothing of RDMA needs none and gets none") {
  DesiredNode desired = DesiredRails();
  desired.pfs[0].groups[0].is_rdma = false;
  const auto with = FirstAfter([](auto&, auto&) {}, desired);
  CHECK(!with.is_rdma);
  CHECK(FirstAfter([](auto&, auto& vf) { vf.rdma.reset(); }, desired) == with);
}

TEST_CASE("a VF whose netdev is in a pod is as healthy as before") {
  CHECK(FirstAfter([](auto&, auto& vf) { vf.netdev = ""; }).trouble == "");
}

TEST_CASE("a VF whose devices are in a pod lacks nothing, where that is what happened to them") {
  const auto away = [](auto&, auto& vf) {
    vf.netdev = "";
    vf.rdma.reset();
  };
  const auto in_pod = FirstAfter(away, DesiredRails(), kHeld);
  CHECK(in_pod.trouble == "");
  CHECK(in_pod.unready == "");
  const auto on_the_way = [](auto&, auto& vf) {
    vf.netdev = "";
    vf.rdma->char_devices.clear();
  };
  CHECK(FirstAfter(on_the_way, DesiredRails(), kHeld).trouble == "");
  CHECK(FirstAfter(away).trouble == "it has no RDMA device");
  CHECK(FirstAfter([](auto&, auto& vf) { vf.rdma.reset(); }, DesiredRails(), kHeld).trouble ==
        "it has no RDMA device");
  HostState shared = RailHost();
  shared.rdma_mode = RdmaMode::kShared;
  away(shared.pfs[0], shared.pfs[0].vfs[0]);
  CHECK(DevicesOf({DesiredRails(), shared, kHeld}, "spidernet.io")[0].devices[0].trouble ==
        "it has no RDMA device");
}

TEST_CASE("a VF that is bound anew for the pod that holds it isn't ill") {
  const auto unbound = [](auto&, auto& vf) { vf.driver = ""; };
  CHECK(FirstAfter(unbound, DesiredRails(), kHeld).trouble == "");
  CHECK(FirstAfter(unbound, DesiredRails(), kHeld).unready == "it has no driver");
  CHECK(FirstAfter(unbound, DesiredRails(), kHeldElsewhere).trouble != "");
}

TEST_CASE("a VF that a pod holds under another resource is for nobody") {
  const auto device = FirstAfter([](auto&, auto&) {}, DesiredRails(), kHeldElsewhere);
  CHECK(device.trouble == "pod team/train still has it as spidernet.io/old");
  CHECK(device.unready == device.trouble);
}

TEST_CASE("a PF that is down takes its VFs with it; without a link only where that tells") {
  const auto down = FirstAfter([](auto& pf, auto&) { pf.up = false; });
  CHECK(down.trouble == "its PF ens1 is down");
  CHECK(down.unready == "");
  CHECK(FirstAfter([](auto& pf, auto&) { pf.carrier = false; }).trouble ==
        "its PF ens1 has no link");
  CHECK(FirstAfter([](auto& pf, auto&) {
          pf.carrier = false;
          pf.link_type = LinkType::kInfiniBand;
        }).trouble == "");
}

TEST_CASE("a VF for vfio-pci has its group, and needs one") {
  DesiredNode desired = DesiredRails();
  desired.pfs[0].groups[0].is_rdma = false;
  desired.pfs[0].groups[0].device_type = DeviceType::kVfioPci;
  const auto good = FirstAfter([](auto&, auto& vf) { vf.driver = "vfio-pci"; }, desired);
  CHECK(good.trouble == "");
  CHECK(good.vfio_group == 110);
  CHECK(FirstAfter([](auto&, auto&) {}, desired).trouble ==
        "its driver is mlx5_core, and policy gpu1rdma-policy wants vfio-pci");
  const auto alone = FirstAfter(
      [](auto&, auto& vf) {
        vf.driver = "vfio-pci";
        vf.iommu_group = -1;
      },
      desired);
  CHECK(alone.trouble == "it is in no IOMMU group, which vfio-pci needs");
}

TEST_CASE("excludeTopology keeps the NUMA node back") {
  DesiredNode desired = DesiredRails();
  desired.pfs[1].groups[0].exclude_topology = true;
  const auto resources = DevicesOf({desired, RailHost(), {}}, "spidernet.io");
  CHECK(!resources[0].exclude_topology);
  CHECK(resources[0].devices[0].numa_node == 0);
  CHECK(resources[1].exclude_topology);
  CHECK(resources[1].devices[0].numa_node == -1);
}

}  // namespace
}  // namespace railhook

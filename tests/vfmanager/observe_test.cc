#include "vfmanager/observe.h"

#include <doctest/doctest.h>

#include "tests/fakes/fake_netlink.h"
#include "tests/vfmanager/sysfs_tree.h"

namespace railhook {
namespace {

constexpr auto kPf = "0000:01:00.0";
constexpr auto kVf = "0000:01:00.2";

HostState See(const SysfsTree& tree, FakeNetlink& netlink) {
  auto state = Observe(tree.Paths(), netlink);
  REQUIRE_MESSAGE(state, state.error().message);
  return *state;
}

PhysicalFunction SeeOne(const SysfsTree& tree, FakeNetlink& netlink) {
  HostState state = See(tree, netlink);
  REQUIRE(state.pfs.size() == 1);
  return state.pfs[0];
}

Link LinkNamed(const std::string& name, std::string_view mac, int mtu) {
  Link link;
  link.name = name;
  link.mac = *MacAddress::Parse(mac);
  link.mtu = mtu;
  return link;
}

TEST_CASE("a PF is seen with its ids, driver, link and VFs") {
  const SysfsTree tree;
  tree.AddPf(kPf, "ens1", 16, 2);
  tree.AddVf(kPf, 0, kVf, "mlx5_core", "ens1v0");
  tree.AddVf(kPf, 1, "0000:01:00.3", "vfio-pci");
  tree.Link("0000:01:00.3/iommu_group", "../../../kernel/iommu_groups/17");
  FakeNetlink netlink;
  Link& link = netlink.links["ens1"] = LinkNamed("ens1", "02:00:00:00:00:01", 9000);
  link.alt_names = {"rail0"};
  link.vfs[0].mac = *MacAddress::Parse("02:00:00:00:01:00");
  link.vfs[0].vlan = 5;
  netlink.links["ens1v0"] = LinkNamed("ens1v0", "02:00:00:00:01:00", 4200);
  const PhysicalFunction pf = SeeOne(tree, netlink);
  CHECK(pf.AsNic().alt_names == std::vector<std::string>{"rail0"});
  CHECK(pf.address == kPf);
  CHECK(pf.vendor == "15b3");
  CHECK(pf.device_id == "101b");
  CHECK(pf.driver == "mlx5_core");
  CHECK(pf.mtu == 9000);
  CHECK(pf.link_type == LinkType::kEthernet);
  CHECK(pf.speed == "200000 Mb/s");
  CHECK(pf.total_vfs == 16);
  CHECK(pf.num_vfs == 2);
  CHECK(pf.probes_vfs);
  CHECK(pf.numa_node == 1);
  REQUIRE(pf.vfs.size() == 2);
  CHECK(pf.vfs[0].address == kVf);
  CHECK(pf.vfs[0].netdev == "ens1v0");
  CHECK(pf.vfs[0].mtu == 4200);
  CHECK(pf.vfs[0].mac.Text() == "02:00:00:00:01:00");
  CHECK(pf.vfs[0].admin_mac.Text() == "02:00:00:00:01:00");
  CHECK(pf.vfs[0].vlan == 5);
  CHECK(pf.mac.Text() == "02:00:00:00:00:01");
  CHECK(pf.permanent_mac == pf.mac);
  CHECK(pf.vfs[1].driver == "vfio-pci");
  CHECK(pf.vfs[1].iommu_group == 17);
  CHECK(pf.vfs[1].netdev.empty());
  CHECK(!pf.vfs[1].mtu);
}

TEST_CASE("VFs stand by their index, of which there may be more than ten") {
  const SysfsTree tree;
  tree.AddPf(kPf, "ens1", 16, 12);
  for (int i = 0; i < 12; ++i) tree.AddVf(kPf, i, "0000:01:01." + std::to_string(i));
  FakeNetlink netlink;
  const PhysicalFunction pf = SeeOne(tree, netlink);
  REQUIRE(pf.vfs.size() == 12);
  for (int i = 0; i < 12; ++i) CHECK(pf.vfs[static_cast<std::size_t>(i)].index == i);
}

TEST_CASE("a VF that the kernel doesn't tell of has nothing of its neighbour's") {
  const SysfsTree tree;
  tree.AddPf(kPf, "ens1", 16, 3);
  for (int i = 0; i < 3; ++i) tree.AddVf(kPf, i, "0000:01:01." + std::to_string(i));
  FakeNetlink netlink;
  Link& link = netlink.links["ens1"] = LinkNamed("ens1", "02:00:00:00:00:01", 9000);
  link.permanent_mac = *MacAddress::Parse("b8:ce:f6:00:00:01");
  link.vfs[0].vlan = 5;
  link.vfs[2].vlan = 7;
  const PhysicalFunction pf = SeeOne(tree, netlink);
  CHECK(pf.vfs[0].vlan == 5);
  CHECK(pf.vfs[1].vlan == 0);
  CHECK(pf.vfs[2].vlan == 7);
  CHECK(pf.permanent_mac.Text() == "b8:ce:f6:00:00:01");
}

TEST_CASE("an RDMA device is seen with its GUID and its char devices") {
  const SysfsTree tree;
  tree.AddPf(kPf, "", 8, 0);
  tree.AddRdma(kPf, "mlx5_0", "0011:2233:4455:6677", "uverbs0");
  tree.Write(std::string(kPf) + "/infiniband_mad/umad0/dev", "231:0");
  tree.Write(std::string(kPf) + "/infiniband_mad/issm0/dev", "231:64");
  FakeNetlink netlink;
  const PhysicalFunction pf = SeeOne(tree, netlink);
  REQUIRE(pf.rdma);
  CHECK(pf.rdma->name == "mlx5_0");
  CHECK(pf.rdma->node_guid == Guid{0x0011223344556677});
  CHECK(pf.rdma->char_devices ==
        std::vector<std::string>{"infiniband/uverbs0", "infiniband/issm0", "infiniband/umad0"});
  CHECK(pf.link_type == LinkType::kInfiniBand);
  CHECK(pf.speed == "400000 Mb/s");
}

TEST_CASE("a PF without driver has no link, and is seen all the same") {
  const SysfsTree tree;
  tree.AddFunction(kPf, "", "");
  tree.Write(std::string(kPf) + "/sriov_totalvfs", "7");
  FakeNetlink netlink;
  const PhysicalFunction pf = SeeOne(tree, netlink);
  CHECK(pf.driver.empty());
  CHECK(pf.name.empty());
  CHECK(!pf.link_type);
  CHECK(!pf.mtu);
  CHECK(!pf.rdma);
  CHECK(pf.total_vfs == 7);
}

TEST_CASE("the netdev of a PF is its port, not what an eSwitch shows of its VFs") {
  const SysfsTree tree;
  tree.AddPf(kPf, "eth0", 8, 1);
  tree.Write(std::string(kPf) + "/net/eth0/phys_port_name", "pf0vf0");
  tree.Write(std::string(kPf) + "/net/eth1/phys_port_name", "p0");
  FakeNetlink netlink;
  CHECK(SeeOne(tree, netlink).name == "eth1");
}

TEST_CASE("what is no NIC with virtual functions isn't seen") {
  const SysfsTree tree;
  tree.AddFunction("0000:02:00.0", "e1000e", "eth0");
  tree.AddPf("0000:03:00.0", "", 8, 0);
  tree.Write("0000:03:00.0/class", "0x010802");
  FakeNetlink netlink;
  CHECK(See(tree, netlink).pfs.empty());
}

TEST_CASE("a VF that vanishes while it is read is left with what was seen") {
  const SysfsTree tree;
  tree.AddPf(kPf, "ens1", 8, 1);
  tree.Link(std::string(kPf) + "/virtfn0", std::string("../") + kVf);
  FakeNetlink netlink;
  const PhysicalFunction pf = SeeOne(tree, netlink);
  REQUIRE(pf.vfs.size() == 1);
  CHECK(pf.vfs[0].driver.empty());
}

TEST_CASE("a kernel without RDMA has no mode; another failure is one") {
  const SysfsTree tree;
  FakeNetlink netlink;
  CHECK(See(tree, netlink).rdma_mode == RdmaMode::kShared);
  netlink.mode = Fail(ErrorCode::kNotFound, "EPROTONOSUPPORT");
  CHECK(!See(tree, netlink).rdma_mode);
  netlink.mode = Fail(ErrorCode::kUnavailable, "EPERM");
  CHECK(!Observe(tree.Paths(), netlink));
}

TEST_CASE("a directory that isn't sysfs is named") {
  const TemporaryDirectory empty;
  HostPaths paths;
  paths.sysfs = empty.path();
  FakeNetlink netlink;
  const auto state = Observe(paths, netlink);
  REQUIRE(!state);
  CHECK(state.error().message.find(empty.path().string()) == 0);
}

}  // namespace
}  // namespace railhook

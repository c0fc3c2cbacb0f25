#include "vfmanager/host_check.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace railhook {
namespace {

IpPrefix P(std::string_view text) { return *IpPrefix::Parse(text); }

PhysicalFunction Rail(const std::string& address, const std::string& name) {
  PhysicalFunction pf;
  pf.address = address;
  pf.name = name;
  pf.vendor = "15b3";
  pf.driver = "mlx5_core";
  pf.mtu = 4200;
  pf.up = pf.carrier = true;
  pf.link_type = LinkType::kEthernet;
  pf.rdma = RdmaDevice{"mlx5_" + name, Guid{1}, {}};
  return pf;
}

// A node of two Ethernet rails and a GPU with which all is well.
HostSetup GoodHost() {
  HostSetup setup;
  setup.state.rdma_mode = setup.rdma_at_boot.mode = RdmaMode::kExclusive;
  setup.state.pfs = {Rail("0000:01:00.0", "ens1"), Rail("0000:02:00.0", "ens2")};
  setup.routing.addresses = {{"ens1", P("172.16.11.10/24")}, {"ens2", P("172.16.12.10/24")}};
  setup.routing.rules = {{0, {}, {}, false, 255},
                         {32762, {}, P("172.16.0.0/16"), true, kMainTable},
                         {32763, P("172.16.11.10/32"), {}, false, 152},
                         {32763, P("172.16.12.10/32"), {}, false, 153},
                         {32766, {}, {}, false, kMainTable}};
  setup.routing.defaults = {{"ens1", 152, IpFamily::kIpv4}, {"ens2", 153, IpFamily::kIpv4}};
  setup.gpus = {"0000:81:00.0"};
  setup.modules = {"gdrdrv", "nvidia_peermem"};
  setup.bridges = {{"0000:00:01.0", {"0000:01:00.0"}, 0, true},
                   {"0000:00:02.0", {"0000:02:00.0"}, {}, true}};
  return setup;
}

DesiredPf Wish(const std::string& address) {
  VfGroup group;
  group.vfs = {0, 6};
  group.policy = "gpu1";
  group.resource_name = "gpu1sriov";
  group.is_rdma = true;
  DesiredPf wish;
  wish.address = address;
  wish.mtu = 4200;
  wish.link_type = LinkType::kEthernet;
  wish.groups = {group};
  wish.policies = {"gpu1"};
  return wish;
}

HostWishes Wishes() {
  HostWishes wishes;
  wishes.node = DesiredNode{};
  wishes.node->pfs = {Wish("0000:01:00.0"), Wish("0000:02:00.0")};
  wishes.rdma_mode = RdmaMode::kExclusive;
  return wishes;
}

std::vector<std::string> NamesOf(const std::vector<HostFinding>& findings) {
  std::vector<std::string> names;
  for (const HostFinding& finding : findings) names.push_back(finding.check);
  return names;
}

using Names = std::vector<std::string>;

HostFinding OnlyOne(const HostSetup& setup, const HostWishes& wishes) {
  const auto findings = CheckHost(setup, wishes);
  CAPTURE(NamesOf(findings).size());
  REQUIRE(findings.size() == 1);
  return findings[0];
}

TEST_CASE("nothing is wrong with a good host, with policies and without") {
  CHECK(NamesOf(CheckHost(GoodHost(), Wishes())) == Names{});
  CHECK(NamesOf(CheckHost(GoodHost(), {})) == Names{});
}

TEST_CASE("a port of the other kind is told with the line that sets it") {
  HostSetup setup = GoodHost();
  HostWishes wishes = Wishes();
  wishes.node->pfs[0].link_type = LinkType::kInfiniBand;
  const HostFinding finding = OnlyOne(setup, wishes);
  CHECK(finding.check == "link-type");
  CHECK(finding.severity == Severity::kError);
  CHECK(finding.subject == "ens1 (0000:01:00.0)");
  CHECK(finding.text == "is an Ethernet port, but policy gpu1 wants InfiniBand");
  CHECK(finding.command == "mstconfig -d 0000:01:00.0 set LINK_TYPE_P1=1  # then reboot");
}

TEST_CASE("the second function of a NIC is its second port") {
  HostSetup setup = GoodHost();
  HostWishes wishes = Wishes();
  setup.state.pfs[1].address = wishes.node->pfs[1].address = "0000:01:00.1";
  setup.state.pfs[1].link_type = LinkType::kInfiniBand;
  CHECK(OnlyOne(setup, wishes).command ==
        "mstconfig -d 0000:01:00.1 set LINK_TYPE_P2=2  # then reboot");
}

TEST_CASE("a PF without RDMA device is told where RDMA is wanted") {
  HostSetup setup = GoodHost();
  setup.state.pfs[0].rdma.reset();
  CHECK(OnlyOne(setup, Wishes()).command == "modprobe mlx5_ib");
  HostWishes wishes = Wishes();
  wishes.node->pfs[0].groups[0].is_rdma = false;
  CHECK(CheckHost(setup, wishes).empty());
  CHECK(CheckHost(setup, {}).empty());
}

TEST_CASE("a PF that is down, and one without link") {
  HostSetup setup = GoodHost();
  setup.state.pfs[0].up = setup.state.pfs[0].carrier = false;
  CHECK(OnlyOne(setup, {}).command == "ip link set dev ens1 up");
  setup.state.pfs[0].up = true;
  CHECK(OnlyOne(setup, {}).text == "has no link");
}

TEST_CASE("a PF's MTU is held against policies and networks, and the largest counts") {
  HostSetup setup = GoodHost();
  HostWishes wishes = Wishes();
  wishes.mtus = {{"SpiderMultusConfig a/smaller", "gpu1sriov", {}, 1500}};
  CHECK(CheckHost(setup, wishes).empty());
  setup.state.pfs.pop_back();
  wishes.mtus.push_back({"SpiderMultusConfig a/b", "gpu1sriov", {}, 8000});
  CHECK(OnlyOne(setup, wishes).text == "has MTU 4200, but SpiderMultusConfig a/b wants 8000");
  CHECK(OnlyOne(setup, wishes).command == "ip link set dev ens1 mtu 8000");
  wishes.mtus = {{"SpiderMultusConfig a/other", "gpu9sriov", {"ens9"}, 9000}};
  CHECK(CheckHost(setup, wishes).empty());
  wishes.mtus = {{"SpiderMultusConfig a/by-altname", "", {"rail0"}, 9000}};
  setup.state.pfs[0].alt_names = {"rail0"};
  CHECK(OnlyOne(setup, wishes).check == "mtu");
  setup.state.pfs[0].mtu = 1500;
  CHECK(OnlyOne(setup, Wishes()).text == "has MTU 1500, but policy gpu1 wants 4200");
}

TEST_CASE("RDMA's mode is held against the pool, else VFs want their devices for themselves") {
  HostSetup setup = GoodHost();
  setup.state.rdma_mode = RdmaMode::kShared;
  HostWishes wishes = Wishes();
  CHECK(OnlyOne(setup, wishes).text == "are shared, not exclusive");
  wishes.rdma_mode.reset();
  CHECK(OnlyOne(setup, wishes).check == "rdma-mode");
  CHECK(CheckHost(setup, {}).empty());
  setup.state.pfs[0].vfs.resize(1);
  CHECK(CheckHost(setup, {}).empty());
  setup.state.pfs[0].vfs[0].rdma = RdmaDevice{"mlx5_9", Guid{9}, {}};
  CHECK(OnlyOne(setup, {}).command ==
        "rdma system set netns exclusive  # reboot where it says that it is busy");
  setup.rdma_at_boot = {};
  CHECK(OnlyOne(setup, {}).command ==
        "echo options ib_core netns_mode=0 >/etc/modprobe.d/zz-railhook-rdma.conf\n"
        "rdma system set netns exclusive  # reboot where it says that it is busy");
}

TEST_CASE("a mode that isn't kept over a reboot is told") {
  HostSetup setup = GoodHost();
  setup.rdma_at_boot = {};
  CHECK(OnlyOne(setup, Wishes()).check == "rdma-mode-at-boot");
  CHECK(OnlyOne(setup, Wishes()).text == "are exclusive now, but won't be after a reboot");
  HostWishes wishes = Wishes();
  wishes.rdma_mode = setup.state.rdma_mode = RdmaMode::kShared;
  CHECK(CheckHost(setup, wishes).empty());
  setup.rdma_at_boot = {RdmaMode::kExclusive, "/etc/modprobe.d/sriov.conf"};
  const HostFinding finding = OnlyOne(setup, wishes);
  CHECK(finding.text ==
        "are shared now, but won't be after a reboot, as /etc/modprobe.d/sriov.conf says");
  CHECK(finding.command ==
        "echo options ib_core netns_mode=1 >/etc/modprobe.d/zz-railhook-rdma.conf");
}

TEST_CASE("what would still win over the command has to go, too") {
  HostSetup setup = GoodHost();
  setup.rdma_at_boot = {RdmaMode::kShared, "/etc/modprobe.d/zzz.conf"};
  CHECK(OnlyOne(setup, Wishes())
            .command.ends_with("rdma.conf\n# and remove netns_mode from /etc/modprobe.d/zzz.conf"));
  setup.rdma_at_boot.said_by = kKernelArguments;
  CHECK(OnlyOne(setup, Wishes())
            .command.ends_with(
                "rdma.conf\n# and remove ib_core.netns_mode from the kernel's command line"));
}

TEST_CASE("what GPUs want is told where there are GPUs") {
  HostSetup setup = GoodHost();
  setup.modules.clear();
  CHECK(NamesOf(CheckHost(setup, {})) == Names{"nvidia-peermem", "gdrdrv"});
  setup.gpus.clear();
  setup.bridges[0].acs = 0x1d;
  CHECK(CheckHost(setup, {}).empty());
}

TEST_CASE("ACS that redirects is told of bridges above rails") {
  HostSetup setup = GoodHost();
  setup.bridges[0].acs = 0x001d;
  CHECK(OnlyOne(setup, {}).text ==
        "has PCI's Access Control Services on: SrcValid+ ReqRedir+ CmpltRedir+ UpstreamFwd+");
  CHECK(OnlyOne(setup, {}).command ==
        "setpci -s 0000:00:01.0 ECAP_ACS+6.w=0000  # after each boot, or in the BIOS");
  setup.bridges[0] = {"0000:00:01.0", {"0000:01:00.0"}, {}, false};
  CHECK(OnlyOne(setup, {}).text == "can't be read beyond its first bytes");
  setup.bridges[0] = {"0000:00:09.0", {"0000:09:00.0"}, 0x1d, true};
  CHECK(CheckHost(setup, {}).empty());
}

TEST_CASE("a machine without rails is told") { CHECK(OnlyOne({}, {}).check == "rails"); }

}  // namespace
}  // namespace railhook

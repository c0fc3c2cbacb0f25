#include "vfmanager/host_setup.h"

#include <doctest/doctest.h>

#include <cstring>

#include "tests/fakes/fake_netlink.h"
#include "tests/vfmanager/sysfs_tree.h"

namespace railhook {
namespace {

constexpr std::size_t kConfigBytes = 4096;

// A configuration space whose extended capabilities stand at 0x100 and `at`.
std::string ConfigWith(std::uint16_t id, std::size_t at, std::uint16_t control) {
  std::string config(kConfigBytes, '\0');
  const auto put = [&](std::size_t where, auto value) {
    std::memcpy(config.data() + where, &value, sizeof value);
  };
  put(0x100, static_cast<std::uint32_t>(0x0001 | 1 << 16 | at << 20));
  put(at, static_cast<std::uint32_t>(id | 1 << 16));
  put(at + 6, control);
  return config;
}

TEST_CASE("ACS is found in the list of capabilities") {
  CHECK(AcsControl(ConfigWith(0x000d, 0x148, 0x1d)) == 0x1d);
  CHECK(!AcsControl(ConfigWith(0x000b, 0x148, 0x1d)));
  CHECK(!AcsControl(ConfigWith(0x000d, 0x148, 0x1d).substr(0, 64)));
  CHECK(!AcsControl(ConfigWith(0x000d, 0x148, 0x1d).substr(0, 0x14c)));
  CHECK(!AcsControl(""));
}

TEST_CASE("a list of capabilities that runs in a circle ends") {
  std::string config = ConfigWith(0x0001, 0x148, 0);
  const std::uint32_t back = 0x0001 | 1 << 16 | 0x100 << 20;
  std::memcpy(config.data() + 0x148, &back, sizeof back);
  CHECK(!AcsControl(config));
}

TEST_CASE("GPUs, modules, bridges and the mode at boot are found in their places") {
  const SysfsTree tree;
  const TemporaryDirectory etc;
  HostPaths paths = tree.Paths();
  paths.modprobe_d = etc.path() / "modprobe.d";
  paths.proc = etc.path() / "proc";
  etc.Write("modprobe.d/a.conf", "options ib_core netns_mode=1\n");
  etc.Write("modprobe.d/b.conf", "options ib_core netns_mode=0\n");
  etc.Write("modprobe.d/z.conf.old", "options ib_core netns_mode=1\n");
  const auto real = paths.sysfs / "devices/pci0000:00/0000:00:01.0/0000:01:00.0";
  std::filesystem::create_directories(real.parent_path());
  tree.AddPf("0000:01:00.0", "", 8, 0);
  std::filesystem::rename(tree.Devices() / "0000:01:00.0", real);
  tree.Link("0000:01:00.0", real.string());
  tree.Write("0000:00:01.0/config", ConfigWith(0x000d, 0x148, 0x1d));
  tree.Write("0000:81:00.0/vendor", "0x10de");
  tree.Write("0000:81:00.0/class", "0x030200");
  tree.Write("0000:81:00.1/vendor", "0x10de");
  tree.Write("0000:81:00.1/class", "0x040300");
  std::filesystem::create_directories(paths.sysfs / "module/gdrdrv");
  FakeNetlink netlink;
  const auto setup = ObserveSetup(paths, netlink);
  REQUIRE_MESSAGE(setup, setup.error().message);
  CHECK(setup->rdma_at_boot == RdmaModeAtBoot{RdmaMode::kExclusive, paths.modprobe_d / "b.conf"});
  CHECK(setup->gpus == std::vector<std::string>{"0000:81:00.0"});
  CHECK(setup->HasModule("gdrdrv"));
  CHECK(!setup->HasModule("nvidia_peermem"));
  CHECK(setup->bridges == std::vector<PciBridge>{{"0000:00:01.0", {"0000:01:00.0"}, 0x1d, true}});
}

}  // namespace
}  // namespace railhook

#include "vfmanager/rdma_mode.h"

#include <doctest/doctest.h>

#include "base/files.h"
#include "tests/certs/temporary_directory.h"
#include "tests/fakes/fake_netlink.h"

namespace railhook {
namespace {

struct Host {
  TemporaryDirectory directory;
  HostPaths paths;
  FakeNetlink netlink;

  Host() {
    paths.modprobe_d = directory.path() / "etc" / "modprobe.d";
    paths.proc = directory.path() / "proc";
  }
  std::filesystem::path File(std::string_view name = kRdmaModeFile) const {
    return paths.modprobe_d / name;
  }
  RdmaModeAtBoot Boot() const { return ReadRdmaModeAtBoot(paths); }
};

TEST_CASE("the RDMA mode is set now and for the next boot, once") {
  Host host;
  CHECK(host.Boot() == RdmaModeAtBoot{RdmaMode::kShared, ""});
  const auto changed = ChangeRdmaMode(RdmaMode::kExclusive, host.paths, host.netlink);
  REQUIRE(changed);
  CHECK(changed->writes == 2);
  CHECK_FALSE(changed->reboot_needed);
  CHECK(host.netlink.mode == RdmaMode::kExclusive);
  CHECK(ReadFile(host.File())->find("\noptions ib_core netns_mode=0\n") != std::string::npos);
  CHECK(host.Boot() == RdmaModeAtBoot{RdmaMode::kExclusive, host.File()});
  CHECK(ChangeRdmaMode(RdmaMode::kExclusive, host.paths, host.netlink)->writes == 0);
}

TEST_CASE("shared needs no file, but mends the one that says otherwise") {
  Host host;
  CHECK(ChangeRdmaMode(RdmaMode::kShared, host.paths, host.netlink)->writes == 0);
  CHECK_FALSE(std::filesystem::exists(host.File()));
  REQUIRE(ChangeRdmaMode(RdmaMode::kExclusive, host.paths, host.netlink));
  CHECK(ChangeRdmaMode(RdmaMode::kShared, host.paths, host.netlink)->writes == 2);
  CHECK(host.Boot().mode == RdmaMode::kShared);
}

TEST_CASE("where a namespace is in the way, the next boot brings the mode") {
  Host host;
  host.netlink.failures["rdma-mode"] = {ErrorCode::kConflict, "setting it: EBUSY (...)"};
  const auto changed = ChangeRdmaMode(RdmaMode::kExclusive, host.paths, host.netlink);
  REQUIRE(changed);
  CHECK(changed->reboot_needed);
  CHECK(host.Boot().mode == RdmaMode::kExclusive);
}

TEST_CASE("any other refusal is an error") {
  Host host;
  host.netlink.failures["rdma-mode"] = {ErrorCode::kUnavailable, "setting it: EPERM (...)"};
  CHECK_FALSE(ChangeRdmaMode(RdmaMode::kExclusive, host.paths, host.netlink));
  host.netlink.mode = Fail(ErrorCode::kNotFound, "no RDMA");
  CHECK_FALSE(ChangeRdmaMode(RdmaMode::kExclusive, host.paths, host.netlink));
}

TEST_CASE("ours wins over a file that comes before it, for either mode") {
  for (const RdmaMode wanted : {RdmaMode::kShared, RdmaMode::kExclusive}) {
    Host host;
    host.netlink.mode = wanted;
    const bool shared = wanted == RdmaMode::kShared;
    const std::string theirs = "sriov_network_operator_modules_config.conf";
    host.directory.Write("etc/modprobe.d/" + theirs,
                         std::string("options ib_core netns_mode=") + (shared ? "0\n" : "1\n"));
    CHECK(host.Boot().said_by == host.File(theirs));
    const auto changed = ChangeRdmaMode(wanted, host.paths, host.netlink);
    REQUIRE(changed);
    CHECK(changed->writes == 1);
    CHECK(host.Boot() == RdmaModeAtBoot{wanted, host.File()});
  }
}

TEST_CASE("what wins over ours is named, and the mode is set for now") {
  Host host;
  host.directory.Write("proc/cmdline", "quiet ib_core.netns_mode=1\n");
  auto changed = ChangeRdmaMode(RdmaMode::kExclusive, host.paths, host.netlink);
  REQUIRE_FALSE(changed);
  CHECK(changed.error().message ==
        "after the next boot it would be shared, as the kernel's command line says: remove "
        "netns_mode of ib_core there");
  CHECK(host.netlink.mode == RdmaMode::kExclusive);
  const auto written = std::filesystem::last_write_time(host.File());
  CHECK_FALSE(ChangeRdmaMode(RdmaMode::kExclusive, host.paths, host.netlink));
  CHECK(std::filesystem::last_write_time(host.File()) == written);
  std::filesystem::remove(host.paths.proc / "cmdline");
  CHECK(ChangeRdmaMode(RdmaMode::kExclusive, host.paths, host.netlink));
  host.directory.Write("etc/modprobe.d/zzz.conf", "options ib_core netns_mode=1\n");
  changed = ChangeRdmaMode(RdmaMode::kExclusive, host.paths, host.netlink);
  REQUIRE_FALSE(changed);
  CHECK(changed.error().message.find(host.File("zzz.conf").string()) != std::string::npos);
}

TEST_CASE("a file of ours that somebody has written more into is read, and not written") {
  Host host;
  host.directory.Write("etc/modprobe.d/zz-railhook-rdma.conf",
                       "options ib_core netns_mode=0 recv_queue_size=1024\n");
  CHECK(host.Boot().mode == RdmaMode::kExclusive);
  CHECK(ChangeRdmaMode(RdmaMode::kExclusive, host.paths, host.netlink));
  const auto changed = ChangeRdmaMode(RdmaMode::kShared, host.paths, host.netlink);
  REQUIRE_FALSE(changed);
  CHECK(changed.error().message.find("zz-railhook-rdma.conf isn't as") != std::string::npos);
  host.directory.Write("etc/modprobe.d/zz-railhook-rdma.conf", "options ib_core netns_mode=0\n");
  CHECK(ChangeRdmaMode(RdmaMode::kShared, host.paths, host.netlink));
}

TEST_CASE("the mode at boot is what options of ib_core say last") {
  CHECK(RdmaModeInOptions("options ib_core netns_mode=0\n") == RdmaMode::kExclusive);
  CHECK(RdmaModeInOptions("# x\n  options ib_core recv_queue_size=4 netns_mode=1") ==
        RdmaMode::kShared);
  CHECK(RdmaModeInOptions("options ib_core netns_mode=1\noptions ib_core netns_mode=N\n") ==
        RdmaMode::kExclusive);
  for (const char* text : {"", "options ib_core", "#options ib_core netns_mode=0",
                           "options ib_umad netns_mode=0", "alias ib_core netns_mode=0"}) {
    CAPTURE(text);
    CHECK(!RdmaModeInOptions(text));
  }
  CHECK(RdmaModeInArguments("quiet ib_core.netns_mode=0 x=1") == RdmaMode::kExclusive);
  CHECK(!RdmaModeInArguments("quiet netns_mode=0"));
}

}  // namespace
}  // namespace railhook

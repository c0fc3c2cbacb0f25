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

  Host() { paths.modprobe_d = directory.path() / "etc" / "modprobe.d"; }
  std::filesystem::path File() const { return paths.modprobe_d / "railhook-rdma.conf"; }
};

TEST_CASE("the RDMA mode is set now and for the next boot, once") {
  Host host;
  CHECK_FALSE(PersistedRdmaMode(host.paths).value());
  const auto changed = ChangeRdmaMode(RdmaMode::kExclusive, host.paths, host.netlink);
  REQUIRE(changed);
  CHECK(changed->writes == 2);
  CHECK_FALSE(changed->reboot_needed);
  CHECK(host.netlink.mode == RdmaMode::kExclusive);
  CHECK(ReadFile(host.File())->find("\noptions ib_core netns_mode=0\n") != std::string::npos);
  CHECK(PersistedRdmaMode(host.paths).value() == RdmaMode::kExclusive);
  CHECK(ChangeRdmaMode(RdmaMode::kExclusive, host.paths, host.netlink)->writes == 0);
}

TEST_CASE("shared needs no file, but mends the one that says otherwise") {
  Host host;
  CHECK(ChangeRdmaMode(RdmaMode::kShared, host.paths, host.netlink)->writes == 0);
  CHECK_FALSE(std::filesystem::exists(host.File()));
  REQUIRE(ChangeRdmaMode(RdmaMode::kExclusive, host.paths, host.netlink));
  CHECK(ChangeRdmaMode(RdmaMode::kShared, host.paths, host.netlink)->writes == 2);
  CHECK(PersistedRdmaMode(host.paths).value() == RdmaMode::kShared);
}

TEST_CASE("where a namespace is in the way, the next boot brings the mode") {
  Host host;
  host.netlink.failures["rdma-mode"] = {ErrorCode::kConflict, "setting it: EBUSY (...)"};
  const auto changed = ChangeRdmaMode(RdmaMode::kExclusive, host.paths, host.netlink);
  REQUIRE(changed);
  CHECK(changed->reboot_needed);
  CHECK(PersistedRdmaMode(host.paths).value() == RdmaMode::kExclusive);
}

TEST_CASE("any other refusal is an error") {
  Host host;
  host.netlink.failures["rdma-mode"] = {ErrorCode::kUnavailable, "setting it: EPERM (...)"};
  CHECK_FALSE(ChangeRdmaMode(RdmaMode::kExclusive, host.paths, host.netlink));
  host.netlink.mode = Fail(ErrorCode::kNotFound, "no RDMA");
  CHECK_FALSE(ChangeRdmaMode(RdmaMode::kExclusive, host.paths, host.netlink));
}

TEST_CASE("a file that somebody else has written is not taken for ours") {
  Host host;
  host.directory.Write("etc/modprobe.d/railhook-rdma.conf", "options ib_core netns_mode=0\n");
  const auto persisted = PersistedRdmaMode(host.paths);
  REQUIRE_FALSE(persisted);
  CHECK(persisted.error().message.find("railhook-rdma.conf isn't as") != std::string::npos);
}

}  // namespace
}  // namespace railhook

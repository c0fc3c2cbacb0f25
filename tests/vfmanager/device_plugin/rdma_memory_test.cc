#include "vfmanager/device_plugin/rdma_memory.h"

#include <doctest/doctest.h>

#include "base/files.h"
#include "tests/certs/temporary_directory.h"
#include "tests/vfmanager/device_plugin/rail_node.h"

namespace railhook {
namespace {

struct Place {
  Place() { Boot("first"); }
  void Boot(const std::string& id) { directory.Write("proc/sys/kernel/random/boot_id", id + "\n"); }
  HostPaths Paths() const {
    HostPaths paths;
    paths.proc = directory.path() / "proc";
    paths.state = directory.path() / "state";
    return paths;
  }
  std::filesystem::path File() const { return directory.path() / "state/rdma-devices.json"; }

  TemporaryDirectory directory;
};

// As when the first VF's devices are in a pod.
HostState WithFirstAway() {
  HostState host = RailHost();
  host.pfs[0].vfs[0].rdma.reset();
  host.pfs[0].vfs[0].netdev.clear();
  return host;
}

const std::optional<RdmaDevice>& First(const HostState& host) { return host.pfs[0].vfs[0].rdma; }

TEST_CASE("a device that went to a pod is recalled, also by the next program") {
  const Place place;
  RdmaMemory(place.Paths()).Complete(RailHost());
  RdmaMemory next(place.Paths());
  const auto host = next.Complete(WithFirstAway());
  REQUIRE(First(host));
  CHECK(First(host)->name == "mlx5_10");
  CHECK(First(host)->char_devices == RailVf(1, 0).rdma->char_devices);
  CHECK(!First(host)->node_guid);
  CHECK(host.pfs[1] == RailHost().pfs[1]);
  CHECK(DevicesOf(DesiredRails(), host)[0].devices[0].trouble == "");
}

TEST_CASE("a device that was never seen isn't made up") {
  const Place place;
  CHECK(!First(RdmaMemory(place.Paths()).Complete(WithFirstAway())));
}

TEST_CASE("a device that comes back is what it is now") {
  RdmaDevices seen;
  HostState host = RailHost();
  Recall(host, seen);
  host.pfs[0].vfs[0].rdma->char_devices = {"infiniband/uverbs77"};
  Recall(host, seen);
  HostState away = WithFirstAway();
  Recall(away, seen);
  CHECK(First(away)->char_devices == std::vector<std::string>{"infiniband/uverbs77"});
}

TEST_CASE("a VF that lost its driver, or was gone, begins anew") {
  for (const bool gone : {false, true}) {
    CAPTURE(gone);
    RdmaDevices seen;
    HostState host = RailHost();
    Recall(host, seen);
    HostState between = WithFirstAway();
    between.pfs[0].vfs[0].driver.clear();
    if (gone) between.pfs[0].vfs.erase(between.pfs[0].vfs.begin());
    Recall(between, seen);
    CHECK(seen.size() == 5);
    HostState after = WithFirstAway();
    Recall(after, seen);
    CHECK(!First(after));
  }
}

TEST_CASE("what was before the host booted doesn't count") {
  Place place;
  RdmaMemory(place.Paths()).Complete(RailHost());
  place.Boot("second");
  CHECK(!First(RdmaMemory(place.Paths()).Complete(WithFirstAway())));
}

TEST_CASE("a broken file counts as none, and is written anew") {
  const Place place;
  for (const auto* broken : {"", "{", "[]", R"({"boot":"first","devices":7})",
                             R"({"boot":"first","devices":{"0000:01:10.0":[]}})"}) {
    CAPTURE(broken);
    place.directory.Write("state/rdma-devices.json", broken);
    RdmaMemory(place.Paths()).Complete(RailHost());
    CHECK(First(RdmaMemory(place.Paths()).Complete(WithFirstAway()))->name == "mlx5_10");
  }
}

TEST_CASE("the file is written only where something changed") {
  const Place place;
  RdmaMemory memory(place.Paths());
  memory.Complete(RailHost());
  std::filesystem::remove(place.File());
  memory.Complete(WithFirstAway());
  CHECK(!std::filesystem::exists(place.File()));
}

TEST_CASE("a state folder that can't be written to costs only the memory after a restart") {
  const Place place;
  place.directory.Write("state", "a file, where a folder should be");
  RdmaMemory memory(place.Paths());
  memory.Complete(RailHost());
  CHECK(First(memory.Complete(WithFirstAway())));
}

}  // namespace
}  // namespace railhook

#include "vfmanager/driver_watch.h"

#include <doctest/doctest.h>

namespace railhook {
namespace {

using namespace std::chrono_literals;
using Addresses = std::set<std::string>;

// A PF with two VFs, of which the first comes and goes.
struct Node {
  HostState host;
  DriverWatch watch;
  DriverWatch::Clock::time_point now{};

  Node() {
    host.pfs.resize(1);
    host.pfs[0].vfs.resize(2);
    for (const int index : {0, 1}) Vf(index).address = "vf" + std::to_string(index);
    Vf(0).driver = Vf(1).driver = "mlx5_core";
  }
  VirtualFunction& Vf(int index) { return host.pfs[0].vfs[static_cast<std::size_t>(index)]; }
  Addresses LookAfter(std::chrono::seconds time, const char* driver) {
    now += time;
    Vf(0).driver = driver;
    return watch.JustUnbound(host, now);
  }
};

TEST_CASE("a VF that loses its driver is left alone for a while, however often it is looked at") {
  Node node;
  CHECK(node.LookAfter(0s, "mlx5_core") == Addresses{});
  CHECK(node.LookAfter(30s, "") == Addresses{"vf0"});
  CHECK(node.LookAfter(1s, "") == Addresses{"vf0"});
  CHECK(node.LookAfter(8s, "") == Addresses{"vf0"});
  CHECK(node.LookAfter(1s, "") == Addresses{});
  CHECK(node.LookAfter(1s, "") == Addresses{});
}

TEST_CASE("each time anew") {
  Node node;
  node.LookAfter(0s, "mlx5_core");
  CHECK(node.LookAfter(1s, "") == Addresses{"vf0"});
  CHECK(node.LookAfter(1s, "mlx5_core") == Addresses{});
  CHECK(node.LookAfter(20s, "") == Addresses{"vf0"});
}

TEST_CASE("a VF that never had a driver is nobody's") {
  Node node;
  CHECK(node.LookAfter(0s, "") == Addresses{});
  CHECK(node.LookAfter(1s, "") == Addresses{});
}

TEST_CASE("nor is one that we changed, or that only we can bind") {
  Node node;
  node.LookAfter(0s, "mlx5_core");
  node.watch.Forget(node.host.pfs[0]);
  CHECK(node.LookAfter(1s, "") == Addresses{});
  node.LookAfter(1s, "mlx5_core");
  node.host.pfs[0].probes_vfs = false;
  CHECK(node.LookAfter(1s, "") == Addresses{});
}

TEST_CASE("a VF that was away is new") {
  Node node;
  node.LookAfter(0s, "mlx5_core");
  const auto vfs = std::exchange(node.host.pfs[0].vfs, {});
  CHECK(node.watch.JustUnbound(node.host, node.now) == Addresses{});
  node.host.pfs[0].vfs = vfs;
  CHECK(node.LookAfter(1s, "") == Addresses{});
}

}  // namespace
}  // namespace railhook

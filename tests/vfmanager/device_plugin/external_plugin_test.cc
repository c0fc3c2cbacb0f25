#include "vfmanager/device_plugin/external_plugin.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "base/files.h"
#include "base/text.h"
#include "tests/certs/temporary_directory.h"
#include "tests/fakes/fake_api_server.h"
#include "tests/fakes/objects.h"
#include "tests/vfmanager/device_plugin/rail_node.h"
#include "vfmanager/device_plugin/external_config.h"

namespace railhook {
namespace {

constexpr auto kTwoRails = R"({
  "resourceList": [
    {
      "resourceName": "gpu1rdma",
      "resourcePrefix": "spidernet.io",
      "selectors": {
        "pciAddresses": [
          "0000:01:10.0",
          "0000:01:10.1",
          "0000:01:10.2"
        ],
        "isRdma": true
      }
    },
    {
      "resourceName": "gpu2rdma",
      "resourcePrefix": "spidernet.io",
      "excludeTopology": true,
      "selectors": {
        "pciAddresses": [
          "0000:02:10.0",
          "0000:02:10.1",
          "0000:02:10.2"
        ],
        "isRdma": false
      }
    }
  ]
}
)";

DesiredNode Desired() {
  DesiredNode desired = DesiredRails();
  desired.pfs[1].groups[0].is_rdma = false;
  desired.pfs[1].groups[0].exclude_topology = true;
  return desired;
}

struct Place {
  TemporaryDirectory directory;
  FakeApiServer server;
  KubeClient client{server};

  Place() {
    std::filesystem::create_directory(Paths().state);
    server.AddResource(kPods);
  }

  HostPaths Paths() const {
    HostPaths paths;
    paths.state = directory.path() / "state";
    return paths;
  }
  std::filesystem::path File() const { return directory.path() / "config.json"; }
  ExternalPlugin Plugin() const { return {Paths(), "n", "spidernet.io", {.file = File()}}; }

  void AddPod(const std::string& name, const std::string& node, const std::string& app = "sriovdp",
              const std::string& name_space = "kube-system") {
    Json pod = MakeObject("v1", "Pod", name_space, name);
    pod["metadata"]["labels"]["app"] = app;
    pod["spec"]["nodeName"] = node;
    server.Put(kPods, pod);
  }
};

// The pods that were deleted, or what went wrong.
std::string Updated(Place& place, ExternalPlugin& plugin, const DesiredNode& desired,
                    const HostState& host) {
  const auto deleted = plugin.Update(place.client, {desired, host, {}});
  return deleted ? Join(*deleted, " ") : deleted.error().message;
}

ino_t InodeOf(const std::filesystem::path& path) {
  struct stat found {};
  ::stat(path.c_str(), &found);
  return found.st_ino;
}

TEST_CASE("the external plugin's file lists each resource's VFs by address") {
  CHECK(ExternalConfig("spidernet.io", DevicesOf({Desired(), RailHost(), {}}, "spidernet.io")) ==
        kTwoRails);
}

TEST_CASE("a node without VFs has an empty list, never a selector that takes every NIC") {
  CHECK(ExternalConfig("spidernet.io", DevicesOf({Desired(), HostState{}, {}}, "spidernet.io")) ==
        "{\n  \"resourceList\": []\n}\n");
}

TEST_CASE("the file is written only where its bytes change, and then the plugin starts again") {
  Place place;
  auto plugin = place.Plugin();
  place.AddPod("a", "n");
  CHECK(Updated(place, plugin, Desired(), RailHost()) == "a");
  CHECK(ReadFile(place.File()).value() == kTwoRails);
  const auto inode = InodeOf(place.File());
  place.AddPod("b", "n");
  CHECK(Updated(place, plugin, Desired(), RailHost()).empty());
  auto next = place.Plugin();
  CHECK(Updated(place, next, Desired(), RailHost()).empty());
  CHECK(InodeOf(place.File()) == inode);
  CHECK(Updated(place, plugin, DesiredRails(), RailHost()) == "b");
}

TEST_CASE("only the plugin's pods on this node are deleted") {
  Place place;
  auto plugin = place.Plugin();
  place.AddPod("elsewhere", "o");
  place.AddPod("other", "n", "web");
  place.AddPod("a", "n", "sriovdp", "default");
  CHECK(Updated(place, plugin, Desired(), RailHost()).empty());
  CHECK(place.server.Calls("DELETE") == 0);
}

TEST_CASE("a pod that ends already isn't deleted again") {
  Place place;
  auto plugin = place.Plugin();
  place.AddPod("a", "n");
  Json pod = place.server.Find(kPods, "kube-system", "a");
  pod["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z";
  place.server.Put(kPods, pod);
  CHECK(Updated(place, plugin, Desired(), RailHost()).empty());
}

TEST_CASE("a restart that couldn't be is made up for, also by the next agent") {
  Place place;
  auto plugin = place.Plugin();
  place.AddPod("a", "n");
  place.server.Refuse("DELETE", 500);
  CHECK(Updated(place, plugin, Desired(), RailHost()).starts_with("DELETE /api/v1"));
  auto next = place.Plugin();
  CHECK(Updated(place, next, Desired(), RailHost()) == "a");
  CHECK(Updated(place, next, Desired(), RailHost()).empty());
}

TEST_CASE("nothing is written, and nothing restarted, until all VFs are ready") {
  Place place;
  auto plugin = place.Plugin();
  place.AddPod("a", "n");
  HostState host = RailHost();
  host.pfs[1].vfs.pop_back();
  const auto missing = plugin.Update(place.client, {Desired(), host, {}});
  REQUIRE(!missing);
  CHECK(missing.error().code == ErrorCode::kUnavailable);
  CHECK(missing.error().message == "VF 2 of ens2, of resource gpu2rdma, isn't there; " +
                                       place.File().string() + " stays as it is");
  host = RailHost();
  host.pfs[0].vfs[1].driver.clear();
  CHECK(Updated(place, plugin, Desired(), host) ==
        "VF 0000:01:10.1: it has no driver; " + place.File().string() + " stays as it is");
  CHECK(!std::filesystem::exists(place.File()));
  place.server.Refuse("DELETE", 500);
  CHECK(!plugin.Update(place.client, {Desired(), RailHost(), {}}));
  CHECK(!plugin.Update(place.client, {Desired(), host, {}}));
  CHECK(place.server.Calls("DELETE") == 1);
}

TEST_CASE("a link that is down, or devices that are in pods, keep nothing from being written") {
  Place place;
  auto plugin = place.Plugin();
  HostState host = RailHost();
  CHECK(Updated(place, plugin, Desired(), host).empty());
  host.pfs[0].carrier = false;
  host.pfs[0].vfs[0].rdma.reset();
  host.pfs[0].vfs[0].netdev.clear();
  host.rdma_mode = RdmaMode::kExclusive;
  const VfHolders holders = {{"0000:01:10.0", {"team/train", "spidernet.io/gpu1rdma"}}};
  CHECK(plugin.Update(place.client, {DesiredRails(), host, holders}).value().empty());
  CHECK(ReadFile(place.File()).value() != kTwoRails);
}

TEST_CASE("a VF that a pod holds under another resource keeps the file as it is") {
  Place place;
  const auto plugin = place.Plugin();
  const VfHolders holders = {{"0000:02:10.1", {"team/train", "spidernet.io/old"}}};
  const auto updated = plugin.Update(place.client, {DesiredRails(), RailHost(), holders});
  REQUIRE(!updated);
  CHECK(updated.error().message ==
        "VF 0000:02:10.1: pod team/train still has it as spidernet.io/old; " +
            place.File().string() + " stays as it is");
  CHECK(!std::filesystem::exists(place.File()));
}

TEST_CASE("while somebody else offers the VFs nothing is written") {
  Place place;
  const auto plugin = place.Plugin();
  CHECK(plugin.Update(place.client, {{}, RailHost(), {}, true}).value().empty());
  CHECK(!std::filesystem::exists(place.File()));
}

TEST_CASE("a file that can't be written is an error that names it") {
  Place place;
  ExternalPlugin plugin(place.Paths(), "n", "spidernet.io",
                        {.file = place.directory.path() / "nosuch/file"});
  CHECK(Updated(place, plugin, Desired(), RailHost()).find("nosuch/file") != std::string::npos);
}

}  // namespace
}  // namespace railhook

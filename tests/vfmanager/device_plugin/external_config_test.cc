#include "vfmanager/device_plugin/external_config.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "base/files.h"
#include "tests/certs/temporary_directory.h"
#include "tests/vfmanager/device_plugin/rail_node.h"

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
  HostPaths Paths() const {
    HostPaths paths;
    paths.state = directory.path() / "state";
    return paths;
  }
  ExternalPlugin Plugin() const { return {Paths(), "spidernet.io", File()}; }
  std::filesystem::path File() const { return directory.path() / "config.json"; }

  TemporaryDirectory directory;
};

ino_t InodeOf(const std::filesystem::path& path) {
  struct stat found {};
  ::stat(path.c_str(), &found);
  return found.st_ino;
}

TEST_CASE("the external plugin's file lists each resource's VFs by address") {
  CHECK(ExternalConfig("spidernet.io", DevicesOf(Desired(), RailHost())) == kTwoRails);
}

TEST_CASE("a node without VFs has an empty list, never a selector that takes every NIC") {
  CHECK(ExternalConfig("spidernet.io", DevicesOf(Desired(), HostState{})) ==
        "{\n  \"resourceList\": []\n}\n");
}

TEST_CASE("the file is written only where its bytes change") {
  const Place place;
  auto plugin = place.Plugin();
  CHECK(plugin.Update(Desired(), RailHost()).value());
  CHECK(ReadFile(place.File()).value() == kTwoRails);
  const auto inode = InodeOf(place.File());
  CHECK(!plugin.Update(Desired(), RailHost()).value());
  CHECK(!place.Plugin().Update(Desired(), RailHost()).value());
  CHECK(InodeOf(place.File()) == inode);
  CHECK(plugin.Update(DesiredRails(), RailHost()).value());
}

TEST_CASE("nothing is written until all VFs are ready") {
  const Place place;
  auto plugin = place.Plugin();
  HostState host = RailHost();
  host.pfs[1].vfs.pop_back();
  const auto missing = plugin.Update(Desired(), host);
  REQUIRE(!missing);
  CHECK(missing.error().code == ErrorCode::kUnavailable);
  CHECK(missing.error().message == "VF 2 of ens2, of resource gpu2rdma, isn't there; " +
                                       place.File().string() + " stays as it is");
  host = RailHost();
  host.pfs[0].vfs[1].driver.clear();
  CHECK(plugin.Update(Desired(), host).error().message ==
        "VF 0000:01:10.1: it has no driver; " + place.File().string() + " stays as it is");
  CHECK(!std::filesystem::exists(place.File()));
}

TEST_CASE("a link that is down, or devices that are in pods, keep nothing from being written") {
  const Place place;
  auto plugin = place.Plugin();
  HostState host = RailHost();
  CHECK(plugin.Update(Desired(), host).value());
  host.pfs[0].carrier = false;
  host.pfs[0].vfs[0].rdma.reset();
  CHECK(plugin.Update(DesiredRails(), host).value());
}

TEST_CASE("a file that can't be written is an error that names it") {
  const Place place;
  ExternalPlugin plugin(place.Paths(), "spidernet.io", place.directory.path() / "nosuch/file");
  const auto written = plugin.Update(Desired(), RailHost());
  REQUIRE(!written);
  CHECK(written.error().message.find("nosuch/file") != std::string::npos);
}

}  // namespace
}  // namespace railhook

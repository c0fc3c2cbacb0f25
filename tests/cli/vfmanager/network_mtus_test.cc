#include "cli/vfmanager/network_mtus.h"

#include <doctest/doctest.h>

#include "tests/certs/temporary_directory.h"

namespace railhook {
namespace {

std::vector<WantedMtu> Read(std::string_view text) {
  const TemporaryDirectory directory;
  directory.Write("networks.yaml", text);
  const auto read = ReadNetworkMtus(directory.path().string());
  REQUIRE_MESSAGE(read, read.error().message);
  return *read;
}

TEST_CASE("MTUs are read with the resource or the masters of their network") {
  const auto mtus = Read(
      "{kind: SpiderMultusConfig, metadata: {name: a, namespace: rails},"
      " spec: {sriov: {resourceName: spidernet.io/gpu1, mtu: 8000}}}\n---\n"
      "{kind: SpiderMultusConfig, metadata: {name: b}, spec: {macvlan: {master: [ens1], mtu: "
      "4200}}}\n");
  REQUIRE(mtus.size() == 2);
  CHECK((mtus[0] == WantedMtu{"SpiderMultusConfig rails/a", "gpu1", {}, 8000}));
  CHECK((mtus[1] == WantedMtu{"SpiderMultusConfig default/b", "", {"ens1"}, 4200}));
}

TEST_CASE("what is no network, or sets no MTU, is skipped") {
  for (const char* text :
       {"kind: 5", "[1, 2]", "5", "{kind: SpiderMultusConfig}",
        "{kind: SpiderMultusConfig, spec: 7}", "{kind: SpiderMultusConfig, spec: {sriov: [1]}}",
        "{kind: SpiderMultusConfig, spec: {sriov: {mtu: -1, resourceName: [x]}}}",
        "{kind: SpiderMultusConfig, spec: {sriov: {mtu: 99999999999}}}",
        "{kind: SriovNetwork, spec: {sriov: {mtu: 9000}}}"}) {
    CAPTURE(text);
    CHECK(Read(text).empty());
  }
}

TEST_CASE("a network whose other settings are odd still has its MTU") {
  const auto mtus =
      Read("{kind: SpiderMultusConfig, spec: {sriov: {mtu: 9000, resourceName: [x], master: 5}}}");
  REQUIRE(mtus.size() == 1);
  CHECK(mtus[0].mtu == 9000);
  CHECK(mtus[0].resource.empty());
  CHECK(mtus[0].masters.empty());
}

}  // namespace
}  // namespace railhook

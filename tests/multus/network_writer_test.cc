#include "multus/network_writer.h"

#include <doctest/doctest.h>

#include <memory>

#include "multus/ipam.h"
#include "tests/fakes/fake_api_server.h"
#include "tests/multus/networks.h"

namespace railhook {
namespace {

TEST_CASE("what has changed since it was looked at is not overwritten") {
  FakeApiServer server;
  server.AddResource(kSpiderMultusConfigs);
  server.AddResource(kNetworkAttachmentDefinitions);
  server.Put(kSpiderMultusConfigs, SmcObject("a", "uid-a"));
  Json network = NetworkObject("a", "uid-a");
  server.Put(kNetworkAttachmentDefinitions, network);
  const auto find = [&] { return server.Find(kNetworkAttachmentDefinitions, "ns", "a"); };
  const auto somebody_is_faster = [&] {
    network["metadata"]["annotations"]["team"] = "others";
    server.Put(kNetworkAttachmentDefinitions, network);
    return true;
  };
  const KubeClient client(server);
  const NetworkMaker make = NetworksWith(std::make_shared<const Ipam>());
  const NetworkTask task{"ns", "a", {"a"}, /*owner=*/"", /*exists=*/true, /*inputs=*/0};
  const auto ignore = [](NetworkMove, bool) {};

  const auto lost = NetworkWriter(client, make, somebody_is_faster).Settle(task, ignore);
  REQUIRE_FALSE(lost);
  CHECK(lost.error().code == ErrorCode::kConflict);
  CHECK(find()["spec"] == network["spec"]);

  const auto won = NetworkWriter(client, make, [] { return true; }).Settle(task, ignore);
  REQUIRE(won);
  CHECK(find()["spec"] != network["spec"]);
  CHECK(find()["metadata"]["annotations"]["team"] == "others");
}

}  // namespace
}  // namespace railhook

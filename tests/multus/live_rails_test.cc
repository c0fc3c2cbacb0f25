#include "multus/live_rails.h"

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "tests/fakes/fake_api_server.h"
#include "tests/fakes/objects.h"

namespace railhook {
namespace {

using std::chrono::milliseconds;

Json Class(const std::string& name, const std::string& class_name) {
  Json object = MakeObject("spiderpool.spidernet.io/v2beta1", "SpiderMultusConfig", "rails", name);
  object["metadata"]["annotations"]["cni.spidernet.io/rdma-resource-inject"] = class_name;
  object["spec"] = {{"cniType", "sriov"}, {"sriov", {{"resourceName", "x/" + name}}}};
  return object;
}

struct Cluster {
  FakeApiServer server;
  LiveRails::TimePoint now = std::chrono::steady_clock::now();
  RailIndex known{ClusterObjects()};
  LiveRails live{server, milliseconds(3000), [this] { return now += milliseconds(1); }};

  Cluster() {
    server.AddResource(kSpiderMultusConfigs);
    server.Put(kNamespaces, MakeObject("v1", "Namespace", "", "team"));
    server.Put(kNamespaces, MakeObject("v1", "Namespace", "", "other"));
  }

  Result<LiveRails::Index> Look(const std::string& class_name, const std::string& in = "team",
                                double per_second = 1) {
    return live.Look("class " + class_name, in, known, per_second);
  }

  bool Knows(const std::string& class_name, const std::string& in = "team") {
    const auto index = Look(class_name, in);
    return index && !(*index)->Find(InjectKey::kRdma, class_name, in, {}).empty();
  }

  int Looks() { return server.Calls("spidermultusconfigs"); }
};

TEST_CASE("a look sees what the server has now, missing CRDs included") {
  Cluster cluster;
  CHECK_FALSE(cluster.Knows("a"));
  cluster.now += milliseconds(1000);
  cluster.server.Put(kSpiderMultusConfigs, Class("gpu1", "a"));
  CHECK(cluster.Knows("a"));
}

TEST_CASE("for one class it looks once a second, for another at once") {
  Cluster cluster;
  CHECK_FALSE(cluster.Knows("a"));
  cluster.server.Put(kSpiderMultusConfigs, Class("gpu1", "a"));
  CHECK_FALSE(cluster.Knows("a"));
  CHECK(cluster.Looks() == 1);
  CHECK_FALSE(cluster.Knows("b"));
  CHECK(cluster.Looks() == 2);
  cluster.now += milliseconds(1000);
  CHECK(cluster.Knows("a"));
  CHECK(cluster.Looks() == 3);
}

TEST_CASE("an answer that doesn't know the namespace doesn't count for its pods") {
  Cluster cluster;
  CHECK_FALSE(cluster.Knows("a", "team"));
  CHECK((*cluster.Look("a", "other"))->FindNamespace("other") != nullptr);
  CHECK(cluster.Looks() == 2);
}

TEST_CASE("switched off it never looks") {
  Cluster cluster;
  const auto index = cluster.Look("a", "team", 0);
  REQUIRE(index);
  CHECK(*index == nullptr);
  CHECK(cluster.Looks() == 0);
}

TEST_CASE("a look that fails is an error, and the next second may do better") {
  Cluster cluster;
  cluster.server.Put(kSpiderMultusConfigs, Class("gpu1", "a"));
  cluster.server.Fail("spidermultusconfigs", Fault::kNoAnswer);
  const auto failed = cluster.Look("a");
  REQUIRE_FALSE(failed);
  CHECK(failed.error().code == ErrorCode::kUnavailable);
  CHECK(cluster.live.failures() == 1);
  cluster.now += milliseconds(1000);
  CHECK(cluster.Knows("a"));
  CHECK(cluster.live.looks() == 2);
  CHECK(cluster.live.failures() == 1);
}

TEST_CASE("after Stop there are no more answers") {
  Cluster cluster;
  cluster.live.Stop();
  CHECK_FALSE(cluster.Look("a"));
}

}  // namespace
}  // namespace railhook

#include "multus/live_rails.h"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

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
    return live.Look("class " + class_name, in, known, per_second, now += milliseconds(1));
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

// What each of `count` threads asks for at the same moment.
template <typename Ask>
void AllAtOnce(int count, Ask ask) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back([&ask, i] { ask(i); });
}

TEST_CASE("a hundred pods of one new class need one look, and all of them see it") {
  Cluster cluster;
  cluster.server.Put(kSpiderMultusConfigs, Class("gpu1", "a"));
  LiveRails live(cluster.server);
  std::atomic<int> seen = 0;
  const auto asked = std::chrono::steady_clock::now();
  AllAtOnce(100, [&](int) {
    const auto index = live.Look("class a", "team", cluster.known, 1, asked);
    seen += index && !(*index)->Find(InjectKey::kRdma, "a", "team", {}).empty();
  });
  CHECK(seen == 100);
  CHECK(cluster.Looks() == 1);
}

TEST_CASE("a thousand unknown classes at once need two looks, one after another pauses") {
  Cluster cluster;
  LiveRails live(cluster.server);
  const auto asked = std::chrono::steady_clock::now();
  const auto look = [&](int number, LiveRails::TimePoint when) {
    return live.Look("class " + std::to_string(number), "team", cluster.known, 1, when).has_value();
  };
  AllAtOnce(2, [&](int thread) {  // as many as there are workers
    for (int i = 0; i < 500; ++i) CHECK(look(2 * i + thread, asked));
  });
  CHECK(cluster.Looks() <= 2);
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 5; ++i) CHECK(look(1000 + i, std::chrono::steady_clock::now()));
  CHECK(std::chrono::steady_clock::now() - start >= milliseconds(4 * 50));
}

TEST_CASE("who asked before a look began is served by it, whatever they asked for") {
  Cluster cluster;
  const auto asked = cluster.now;
  CHECK_FALSE(cluster.Knows("a"));
  CHECK(cluster.live.Look("class b", "team", cluster.known, 1, asked));
  CHECK(cluster.Looks() == 1);
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

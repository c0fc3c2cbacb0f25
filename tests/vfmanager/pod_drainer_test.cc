#include "vfmanager/pod_drainer.h"

#include <doctest/doctest.h>

#include "tests/fakes/fake_api_server.h"
#include "tests/fakes/objects.h"

namespace railhook {
namespace {

struct Place {
  FakeApiServer server;
  KubeClient client{server};
  PodDrainer drainer{client, "ns", "n"};

  // What is said of a pod after an eviction that is answered with `status`.
  std::string SaidOf(NodePod pod, int status) {
    pod.name_space = "team";
    pod.name = "a";
    server.Refuse("/eviction", status);
    const auto waited = drainer.Evict({pod});
    return waited ? waited->front() : "failed: " + waited.error().message;
  }
};

TEST_CASE("a pod that a budget keeps, or that is gone, is waited for; other refusals are errors") {
  CHECK(Place().SaidOf({}, 429).starts_with("team/a (POST"));
  CHECK(Place().SaidOf({}, 404) == "team/a (is gone)");
  CHECK(Place().SaidOf({}, 409) == "team/a (is gone)");
  CHECK(Place().SaidOf({}, 403).starts_with("failed: POST"));
}

TEST_CASE("a pod that is leaving, or can't, isn't asked") {
  Place place;
  NodePod pod;
  pod.leaving = true;
  CHECK(place.SaidOf(pod, 500) == "team/a (is ending)");
  pod.fixed = "belongs to DaemonSet ds, which would bring it back";
  CHECK(place.SaidOf(pod, 500) ==
        "team/a, which belongs to DaemonSet ds, which would bring it back");
  CHECK(place.server.Calls("/eviction") == 0);
}

TEST_CASE("Leases are listed only where the node may have one") {
  Place place;
  CHECK_FALSE(place.drainer.HasSlot(false).value());  // after a start
  CHECK_FALSE(place.drainer.HasSlot(false).value());
  CHECK(place.server.Calls("leases") == 1);
  CHECK_FALSE(place.drainer.HasSlot(true).value());
  CHECK(place.server.Calls("leases") == 2);
  CHECK(place.drainer.TakeSlot({}).value() == "");
  CHECK(place.drainer.HasSlot(false).value());
}

TEST_CASE("a pool says how many of its nodes drain at a time") {
  Place place;
  place.server.AddResource(kNodes);
  for (const char* name : {"n", "o", "p", "q"}) {
    Json node = MakeObject("v1", "Node", "", name);
    node["metadata"]["labels"] = {{"gpu", name[0] == 'q' ? "no" : "yes"}};
    place.server.Put(kNodes, node);
  }
  PoolConfig pool;
  pool.name = "gpus";
  pool.nodes = LabelSelector{};
  pool.nodes->labels = {{"gpu", "yes"}};
  pool.max_unavailable = "67%";  // two of three
  PodDrainer second(place.client, "ns", "o");
  PodDrainer third(place.client, "ns", "p");
  CHECK(place.drainer.TakeSlot(pool).value() == "");
  CHECK(second.TakeSlot(pool).value() == "");
  CHECK(third.TakeSlot(pool).value() == "n, o");
  pool.max_unavailable = "0";
  CHECK(third.TakeSlot(pool).value() == "nobody, as maxUnavailable of pool gpus is 0");
}

}  // namespace
}  // namespace railhook

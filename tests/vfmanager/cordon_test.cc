#include "vfmanager/cordon.h"

#include <doctest/doctest.h>

#include "tests/fakes/fake_api_server.h"
#include "tests/fakes/objects.h"
#include "vfmanager/cluster_view.h"

namespace railhook {
namespace {

struct Place {
  FakeApiServer server;
  KubeClient client{server};

  explicit Place(bool cordoned = false) {
    server.AddResource(kNodes);
    Json node = MakeObject("v1", "Node", "", "n");
    node["spec"] = cordoned ? Json{{"unschedulable", true}} : Json::object();
    server.Put(kNodes, node);
  }

  Json Node() const { return server.Find(kNodes, "", "n"); }
  bool cordoned() const { return Node()["spec"].contains("unschedulable"); }
  bool ours() const {
    const Json node = Node();
    const Json* annotations = Member(Member(&node, "metadata"), "annotations");
    return Member(annotations, kCordonAnnotation) != nullptr;
  }
};

TEST_CASE("a node is cordoned and marked at once, and both are undone") {
  Place place;
  REQUIRE(Cordon(place.client, "n"));
  CHECK((place.cordoned() && place.ours()));
  REQUIRE(Uncordon(place.client, "n"));
  CHECK_FALSE((place.cordoned() || place.ours()));
}

TEST_CASE("somebody else's cordon is neither taken for ours nor undone") {
  Place place(true);
  REQUIRE(Cordon(place.client, "n"));
  CHECK_FALSE(place.ours());
  REQUIRE(Uncordon(place.client, "n"));
  CHECK(place.cordoned());
}

TEST_CASE("a node that changes at that moment is left alone") {
  Place place;
  place.server.Refuse("PATCH", 409);
  const auto cordoned = Cordon(place.client, "n");
  REQUIRE_FALSE(cordoned);
  CHECK(cordoned.error().code == ErrorCode::kConflict);
  CHECK_FALSE(place.cordoned());
}

}  // namespace
}  // namespace railhook

#include "multus/cluster_objects.h"

#include <doctest/doctest.h>

#include <string>

#include "base/json.h"
#include "base/text.h"
#include "tests/fakes/fake_transport.h"

namespace railhook {
namespace {

constexpr auto kSmcs = "/apis/spiderpool.spidernet.io/v2beta1/spidermultusconfigs";
constexpr auto kNads = "/apis/k8s.cni.cncf.io/v1/network-attachment-definitions";
constexpr auto kNames = "/api/v1/namespaces";
constexpr auto kPools = "/apis/spiderpool.spidernet.io/v2beta1/spiderippools";

constexpr auto kOneSmc =
    R"({"metadata":{"resourceVersion":"1"},"items":[{"metadata":{"name":"gpu1","namespace":"rails","annotations":
  {"cni.spidernet.io/rdma-resource-inject":"a"}},"spec":{"cniType":"sriov","sriov":
  {"resourceName":"x/gpu1","ippools":{"ipv4":["p"]}}}}]})";
constexpr auto kOneNad =
    R"({"metadata":{"resourceVersion":"1"},"items":[{"metadata":{"name":"net","namespace":"team","annotations":
  {"cni.spidernet.io/rdma-resource-inject":"b","k8s.v1.cni.cncf.io/resourceName":"x/net"}},
  "spec":{"config":"{\"type\":\"sriov\"}"}}]})";
constexpr auto kOneNamespace =
    R"({"metadata":{"resourceVersion":"1"},"items":[{"metadata":{"name":"team","labels":
  {"railhook.io/inherit":"gpu"},"annotations":{"cni.spidernet.io/rdma-resource-inject":"a"}}}]})";
constexpr auto kOnePool =
    R"({"metadata":{"resourceVersion":"1"},"items":[{"metadata":{"name":"p"}}]})";
constexpr auto kForbidden = R"({"message":"User \"eve\" cannot list it"})";

void Fill(FakeTransport& transport) {
  transport.Put(kSmcs, kOneSmc);
  transport.Put(kNads, kOneNad);
  transport.Put(kNames, kOneNamespace);
  transport.Put(kPools, kOnePool);
}

TEST_CASE("a cluster's objects make the index that the same files would make") {
  FakeTransport transport;
  Fill(transport);
  auto listing = ListClusterObjects(KubeClient(transport));
  REQUIRE(listing.has_value());
  CHECK(listing->notes.empty());
  CHECK(listing->objects.pools == std::vector<std::string>{"p"});
  const RailIndex index(std::move(listing->objects));
  const auto rails = index.Find(InjectKey::kRdma, "a", "team", {});
  REQUIRE(rails.size() == 1);
  CHECK(rails.front()->Id() == "rails/gpu1");
  CHECK(rails.front()->ProblemsFor(InjectKey::kRdma).empty());
  CHECK(index.Find(InjectKey::kRdma, "b", "team", {}).size() == 1);
  REQUIRE(index.FindNamespace("team") != nullptr);
  CHECK(index.FindNamespace("team")->inherit == "gpu");
}

TEST_CASE("of Namespaces and pools only the metadata is asked for") {
  FakeTransport transport;
  Fill(transport);
  REQUIRE(ListClusterObjects(KubeClient(transport)).has_value());
  for (const ApiRequest& request : transport.requests()) {
    CAPTURE(request.path);
    const bool small = request.path.starts_with(kNames) || request.path.starts_with(kPools);
    CHECK((request.accept.find("PartialObjectMetadataList") != std::string::npos) == small);
  }
}

TEST_CASE("a CRD that isn't installed counts as none of its kind, with a note") {
  FakeTransport transport;
  transport.Put(kNames, kOneNamespace);
  const auto listing = ListClusterObjects(KubeClient(transport));
  REQUIRE(listing.has_value());
  CHECK(listing->objects.spider_multus_configs.empty());
  CHECK(listing->objects.namespaces.size() == 1);
  CHECK(Join(listing->notes, "; ") ==
        "no SpiderMultusConfig CRD here; no NetworkAttachmentDefinition CRD here");
}

TEST_CASE("what must be known and is forbidden is an error, pools are only noted") {
  for (const char* path : {kSmcs, kNads, kNames}) {
    CAPTURE(path);
    FakeTransport transport;
    Fill(transport);
    transport.Put(path, kForbidden, 403);
    const auto listing = ListClusterObjects(KubeClient(transport));
    REQUIRE(!listing);
    CHECK(listing.error().code == ErrorCode::kUnauthorized);
  }
  FakeTransport transport;
  Fill(transport);
  transport.Put(kPools, kForbidden, 403);
  const auto listing = ListClusterObjects(KubeClient(transport));
  REQUIRE(listing.has_value());
  CHECK(listing->objects.pools.empty());
  REQUIRE(listing->notes.size() == 1);
  CHECK(listing->notes.front().find("spiderippools.spiderpool.spidernet.io") != std::string::npos);
}

TEST_CASE("a server that fails is an error for pools too") {
  FakeTransport transport;
  Fill(transport);
  transport.Put(kPools, "down", 503);
  CHECK(!ListClusterObjects(KubeClient(transport)));
}

TEST_CASE("an object whose metadata can't be read is left out, with a note that names it") {
  FakeTransport transport;
  Fill(transport);
  transport.Put(
      kSmcs,
      R"({"metadata":{"resourceVersion":"1"},"items":[{"metadata":{"name":"odd","namespace":"rails","annotations":
    {"cni.spidernet.io/rdma-resource-inject":7}}},{"metadata":{"name":"bare","namespace":"rails",
    "annotations":{"cni.spidernet.io/rdma-resource-inject":"a"}}}]})");
  const auto listing = ListClusterObjects(KubeClient(transport));
  REQUIRE(listing.has_value());
  REQUIRE(listing->objects.spider_multus_configs.size() == 1);
  CHECK(!listing->objects.spider_multus_configs.front()->problems.empty());
  REQUIRE(listing->notes.size() == 1);
  CHECK(listing->notes.front().find("SpiderMultusConfig rails/odd: metadata.annotations") !=
        std::string::npos);
}

}  // namespace
}  // namespace railhook

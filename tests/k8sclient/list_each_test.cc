#include "k8sclient/list_each.h"

#include <doctest/doctest.h>

#include <string>

#include "base/json.h"
#include "k8sclient/object.h"
#include "tests/fakes/fake_transport.h"

namespace railhook {
namespace {

Selection Of(const ResourceType& type, std::string name_space = "") {
  Selection selection;
  selection.type = type;
  selection.name_space = std::move(name_space);
  return selection;
}

TEST_CASE("ListEach goes through all pages, in order") {
  FakeTransport transport;
  transport.Put(
      "/api/v1/nodes?limit=500",
      R"({"metadata":{"resourceVersion":"1","continue":"a b"},"items":[{"metadata":{"name":"n1"}},)"
      R"({"metadata":{"name":"n2"}}]})");
  transport.Put("/api/v1/nodes?limit=500&continue=a%20b",
                R"({"metadata":{"resourceVersion":"1"},"items":[{"metadata":{"name":"n3"}}]})");
  std::string names;
  const auto listed = ListEach(KubeClient(transport), Of(kNodes), [&](const Json& node) {
    names += TextMember(Member(&node, "metadata"), "name");
  });
  CHECK(listed.has_value());
  CHECK(names == "n1n2n3");
  CHECK(transport.requests().size() == 2);
}

TEST_CASE("ListEach says which verb on which resource is missing, and where") {
  FakeTransport transport;
  transport.Put("/apis/spiderpool.spidernet.io/v2beta1/spiderippools",
                R"({"message":"User \"eve\" cannot list"})", 403);
  transport.Put("/api/v1/namespaces/team/pods", R"({"message":"no"})", 403);
  const auto nothing = [](const Json&) { FAIL("nothing is listed"); };
  const KubeClient client(transport);
  const auto everywhere = ListEach(client, Of(kSpiderIPPools), nothing);
  REQUIRE(!everywhere);
  CHECK(everywhere.error().code == ErrorCode::kUnauthorized);
  for (const std::string_view part :
       {"spiderippools.spiderpool.spidernet.io", "verb list", "in all namespaces", "\"eve\""}) {
    CAPTURE(part);
    CHECK(everywhere.error().message.find(part) != std::string::npos);
  }
  const auto in_one = ListEach(client, Of(kPods, "team"), nothing);
  REQUIRE(!in_one);
  CHECK(in_one.error().message.find("in namespace team") != std::string::npos);
}

TEST_CASE("ListEach names the resource in other errors, and keeps what they are") {
  FakeTransport transport;
  transport.Put("/api/v1/pods", "broken", 500);
  const auto nothing = [](const Json&) {};
  const auto missing = ListEach(KubeClient(transport), Of(kSpiderMultusConfigs), nothing);
  REQUIRE(!missing);
  CHECK(missing.error().code == ErrorCode::kNotFound);
  CHECK(
      missing.error().message.starts_with("listing spidermultusconfigs.spiderpool.spidernet.io: "));
  const auto broken = ListEach(KubeClient(transport), Of(kPods), nothing);
  REQUIRE(!broken);
  CHECK(broken.error().code == ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace railhook

#include "explain/cluster_nodes.h"

#include <doctest/doctest.h>

#include "tests/fakes/fake_transport.h"

namespace railhook {
namespace {

constexpr auto kTwoNodes = R"({"metadata":{"resourceVersion":"1"},"items":[
  {"metadata":{"name":"n1"},"status":{"allocatable":{"x/vf":"8"}}},
  {"metadata":{"name":"n2"},"status":{"allocatable":{"x/vf":"4"}}}]})";
constexpr auto kThreePods = R"({"metadata":{"resourceVersion":"1"},"items":[
  {"metadata":{"uid":"u1"},"spec":{"nodeName":"n1","containers":[{"resources":{"requests":{"x/vf":"1"}}}]}},
  {"metadata":{"uid":"u2"},"spec":{"nodeName":"n1","containers":[{"resources":{"requests":{"x/vf":"2"}}}]}},
  {"metadata":{"uid":"u3"},"spec":{"nodeName":"gone","containers":[{"resources":{"requests":{"x/vf":"2"}}}]}}]})";

TEST_CASE("nodes know what their pods take, but for the pod that looks for a place") {
  FakeTransport transport;
  transport.Put("/api/v1/nodes", kTwoNodes);
  transport.Put("/api/v1/pods", kThreePods);
  const KubeClient client(transport);
  const auto all = ListNodes(client, "");
  REQUIRE(all.has_value());
  REQUIRE(all->size() == 2);
  CHECK((*all)[0].Free("x/vf") == 5);
  CHECK((*all)[0].requested.at("pods") == 2);
  CHECK((*all)[1].Free("x/vf") == 4);
  const auto others = ListNodes(client, "u2");
  REQUIRE(others.has_value());
  CHECK((*others)[0].Free("x/vf") == 7);
}

TEST_CASE("only pods that hold something are asked for") {
  FakeTransport transport;
  transport.Put("/api/v1/nodes", kTwoNodes);
  transport.Put("/api/v1/pods", kThreePods);
  REQUIRE(ListNodes(KubeClient(transport), "").has_value());
  const std::string path = transport.requests().front().path;
  CHECK(path.find("fieldSelector=spec.nodeName%21%3D%2Cstatus.phase%21%3DSucceeded%2C"
                  "status.phase%21%3DFailed") != std::string::npos);
}

TEST_CASE("without the right to see nodes there is an error that says so") {
  FakeTransport transport;
  transport.Put("/api/v1/pods", kThreePods);
  transport.Put("/api/v1/nodes", R"({"message":"no"})", 403);
  const auto nodes = ListNodes(KubeClient(transport), "");
  REQUIRE(!nodes);
  CHECK(nodes.error().message.starts_with("can't list nodes: the verb list"));
}

}  // namespace
}  // namespace railhook

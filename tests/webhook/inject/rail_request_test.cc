#include "webhook/inject/rail_request.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "base/text.h"
#include "tests/webhook/inject/yaml_fixture.h"

namespace railhook {
namespace {

constexpr std::string_view kRdma = "cni.spidernet.io/rdma-resource-inject";
constexpr std::string_view kNetwork = "cni.spidernet.io/network-resource-inject";

StringMap Rdma(std::string_view value) { return {{std::string(kRdma), std::string(value)}}; }
StringMap Network(std::string_view value) { return {{std::string(kNetwork), std::string(value)}}; }
StringMap Both(std::string_view rdma, std::string_view network) {
  return {{std::string(kRdma), std::string(rdma)}, {std::string(kNetwork), std::string(network)}};
}

// "rdma a|b from pod, both keys"
std::string Show(const std::optional<RailRequest>& request) {
  if (!request) return "nothing";
  return std::string(request->key == InjectKey::kRdma ? "rdma " : "network ") +
         (request->classes.empty() ? "opts out" : Join(request->classes, "|")) +
         (request->asker == Asker::kPod ? " by pod" : " by namespace") +
         (request->has_both_keys ? ", both keys" : "");
}

TEST_CASE("FindRailRequest: whose annotation wins") {
  const struct {
    std::string_view name;
    StringMap pod, name_space;
    std::string_view want;
  } cases[] = {
      {"nobody asks", {}, {}, "nothing"},
      {"other annotations", {{"a", "b"}}, {{"c", "d"}}, "nothing"},
      {"the pod", Rdma("a"), {}, "rdma a by pod"},
      {"the namespace", {}, Rdma("b"), "rdma b by namespace"},
      {"the pod beats its namespace", Rdma("a"), Rdma("b"), "rdma a by pod"},
      {"with either key", Network("a"), Rdma("b"), "network a by pod"},
      {"rdma beats network on the pod", Both("a", "b"), {}, "rdma a by pod, both keys"},
      {"and on the namespace", {}, Both("a", "b"), "rdma a by namespace, both keys"},
      {"both keys on the loser don't count", Rdma("a"), Both("b", "c"), "rdma a by pod"},
      {"keys on two objects are no conflict", Rdma("a"), Network("b"), "rdma a by pod"},
      {"an empty value opts out", Rdma(""), Rdma("b"), "rdma opts out by pod"},
      {"an empty rdma beats network", Both("", "b"), {}, "rdma opts out by pod, both keys"},
      {"network's none opts out of rdma", Network("none"), Rdma("b"), "network opts out by pod"},
      {"keys have case", {{"CNI.spidernet.io/rdma-resource-inject", "a"}}, {}, "nothing"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    CHECK(Show(FindRailRequest(c.pod, c.name_space)) == c.want);
  }
}

TEST_CASE("FindRailRequest: a value is a list") {
  const struct {
    std::string_view value;
    std::string_view want;
  } cases[] = {
      {"a,b", "rdma a|b by pod"},           {" a ,\tb\n", "rdma a|b by pod"},
      {",,a,,", "rdma a by pod"},           {"a,b,a", "rdma a|b by pod"},
      {"b,a", "rdma b|a by pod"},           {"a b", "rdma a b by pod"},
      {"网络/x~1", "rdma 网络/x~1 by pod"}, {"none", "rdma opts out by pod"},
      {" none ", "rdma opts out by pod"},   {"none,none,", "rdma opts out by pod"},
      {" , ", "rdma opts out by pod"},      {"None", "rdma None by pod"},
      {"a,none", "rdma a|none by pod"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.value);
    CHECK(Show(FindRailRequest(Rdma(c.value), {})) == c.want);
  }
}

TEST_CASE("Annotation: what stands in the object, as messages say it") {
  const auto request = FindRailRequest(Network(" a ,b"), {});
  REQUIRE(request);
  CHECK(request->value == " a ,b");
  CHECK(Mentions(request->Annotation(), "annotation cni.spidernet.io/network-resource-inject="));
  CHECK(Mentions(request->Annotation(), "a ,b"));
}

TEST_CASE("Annotation: a value of any length stays readable") {
  const auto request = FindRailRequest(Rdma(std::string(100'000, 'x') + "\n"), {});
  REQUIRE(request);
  CHECK(request->Annotation().size() < 400);
}

}  // namespace
}  // namespace railhook

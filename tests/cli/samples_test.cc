#include "cli/samples.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/webhook/inject/yaml_fixture.h"

namespace railhook {
namespace {

// "a,b=1" for a sample with the labels x="a", y="b"; sorted by the labels' names.
std::string Text(const Samples& samples) {
  std::string text;
  for (const auto& [labels, value] : samples) {
    std::string names;
    for (const auto& [name, label] : labels) names += (names.empty() ? "" : ",") + label;
    text += names + '=' + std::to_string(static_cast<long long>(value)) + ' ';
  }
  return text;
}

constexpr std::string_view kObjects = R"(
apiVersion: spiderpool.spidernet.io/v2beta1
kind: SpiderMultusConfig
metadata: {name: r1, namespace: rails}
spec: {cniType: sriov, sriov: {resourceName: x/r, ippools: {ipv4: [p]}}}
---
apiVersion: spiderpool.spidernet.io/v2beta1
kind: SpiderMultusConfig
metadata: {name: r2, namespace: rails}
spec: {cniType: sriov, sriov: {resourceName: x/r, ippools: {ipv4: [p]}}}
---
apiVersion: k8s.cni.cncf.io/v1
kind: NetworkAttachmentDefinition
metadata: {name: r3, namespace: rails}
spec: {config: '{"cniVersion": "0.3.1", "type": "macvlan"}'}
---
apiVersion: v1
kind: Namespace
metadata: {name: team}
)";

TEST_CASE("objects count by their kind, and none is known at first") {
  const RailIndex index = IndexFrom(kObjects);
  CHECK(Text(ObjectsByKind(&index)) ==
        "spidermultusconfigs=2 network-attachment-definitions=1 namespaces=1 ");
  CHECK(Text(ObjectsByKind(nullptr)) ==
        "spidermultusconfigs=0 network-attachment-definitions=0 namespaces=0 ");
}

TEST_CASE("watches tell when they last heard of their kind, and why they began anew") {
  ClusterRails::Part part{"namespaces", {}};
  CHECK(Text(LastEventsByKind({part})) == "namespaces=0 ");
  part.status.heard = std::chrono::system_clock::from_time_t(1'800'000'000);
  part.status.ended = 1;
  part.status.expired = 2;
  part.status.failures = 3;
  CHECK(Text(LastEventsByKind({part})) == "namespaces=1800000000 ");
  CHECK(Text(RestartsByReason({part})) ==
        "namespaces,ended=1 namespaces,expired=2 namespaces,error=3 ");
}

TEST_CASE("connections and answers") {
  const ConnectionCounts counts = {.unproven = 1,
                                   .idle = 2,
                                   .busy = 3,
                                   .leaving = 4,
                                   .over_limit = 5,
                                   .over_address_limit = 6,
                                   .over_descriptors = 7};
  CHECK(Text(ByState(counts)) == "unproven=1 idle=2 busy=3 leaving=4 ");
  CHECK(Text(RejectionsByReason(counts)) == "limit=5 address_limit=6 descriptors=7 ");
  CHECK(Text(ByCode({{200, 3}, {404, 1}})) == "200=3 404=1 ");
  CHECK(Text(ByResult(1, 2)) == "success=1 failure=2 ");
}

TEST_CASE("networks by what becomes of them") {
  CHECK(Text(ByState(NetworkCounts{.kept = 1, .pending = 2, .refused = 3, .invalid = 4})) ==
        "kept=1 pending=2 refused=3 invalid=4 ");
}

TEST_CASE("a certificate that isn't there has no end") {
  CHECK(Text(EndsByCert(nullptr)) == "leaf=0 ca=0 ");
  Certificate certificate;
  certificate.not_after = 5;
  CHECK(Text(EndsByCert(&certificate)) == "leaf=5 ca=0 ");
}

}  // namespace
}  // namespace railhook

#include "multus/network_step.h"

#include <doctest/doctest.h>

#include <functional>
#include <random>

#include "multus/network_work.h"
#include "tests/multus/networks.h"

namespace railhook {
namespace {

using Change = std::function<void(Json&)>;

const Json kSmc = SmcObject("rail", "u1");
const Json kDesired = NetworkObject("rail", "u1");

// The desired network after a change by others.
Json After(const Change& change) {
  Json network = kDesired;
  change(network);
  return network;
}

NetworkStep StepFor(const Json& existing) {
  return NextNetworkStep(&kSmc, kDesired, &existing, false);
}

// What differs, where it is mended or taken over; and what it is like then.
void CheckMended(const Json& existing, NetworkMove move, const std::string& parts) {
  const NetworkStep step = StepFor(existing);
  CHECK(step.move == move);
  CHECK(step.why == parts);
  Json mended = existing;
  mended.merge_patch(DifferenceOf(kDesired, existing));
  CHECK(StepFor(mended).move == NetworkMove::kNothing);
  CHECK(DifferenceOf(kDesired, mended).empty());
}

void CheckRefused(const Json& existing, const std::string& mentioned) {
  const NetworkStep step = StepFor(existing);
  CHECK(step.move == NetworkMove::kRefuse);
  CHECK(step.why.find("\"rail\" " + mentioned) != step.why.npos);
  CHECK(step.why.find("multus.spidernet.io/cr-name") != step.why.npos);
}

void OwnedBy(Json& network, const Json& owner) {
  network["metadata"]["ownerReferences"] = Json::array({owner});
}

TEST_CASE("a network that isn't there is made, one that is as it should be stays") {
  CHECK(NextNetworkStep(&kSmc, kDesired, nullptr, false).move == NetworkMove::kCreate);
  CHECK(StepFor(kDesired).move == NetworkMove::kNothing);
}

TEST_CASE("what differs is mended, and nothing else") {
  CheckMended(After([](Json& n) { n["spec"]["config"] = "{}"; }), NetworkMove::kUpdate, "config");
  CheckMended(After([](Json& n) { n.erase("spec"); }), NetworkMove::kUpdate, "config");
  CheckMended(After([](Json& n) { n["metadata"]["annotations"]["team"] = "other"; }),
              NetworkMove::kUpdate, "annotations");
  CheckMended(After([](Json& n) { n["metadata"].erase("annotations"); }), NetworkMove::kUpdate,
              "annotations");
  CheckMended(After([](Json& n) { n["metadata"]["ownerReferences"][0]["controller"] = false; }),
              NetworkMove::kUpdate, "owner");
  CHECK(DifferenceOf(kDesired, After([](Json& n) { n["spec"]["config"] = "{}"; })) ==
        Json{{"spec", {{"config", kDesired["spec"]["config"]}}}});
}

TEST_CASE("the same configuration with its keys in another order is no difference") {
  const Json existing = After([](Json& n) {
    n["spec"]["config"] = R"({ "type": "sriov", "name": "n", "cniVersion": "0.3.1" })";
  });
  CHECK(StepFor(existing).move == NetworkMove::kNothing);
}

TEST_CASE("what others have added stays") {
  const Json existing = After([](Json& n) {
    n["metadata"]["annotations"]["example.com/seen"] = "yes";
    n["metadata"]["labels"] = {{"a", "b"}};
    n["metadata"]["ownerReferences"].push_back(
        {{"apiVersion", "v1"}, {"kind", "ConfigMap"}, {"name", "x"}, {"uid", "x"}});
  });
  CHECK(StepFor(existing).move == NetworkMove::kNothing);
}

TEST_CASE("an annotation that steers networks is taken away where it isn't wanted") {
  for (const std::string key : {"cni.spidernet.io/rdma-resource-inject", "railhook.io/order",
                                "multus.spidernet.io/cr-name"}) {
    const Json existing = After([&](Json& n) { n["metadata"]["annotations"][key] = "1"; });
    CheckMended(existing, NetworkMove::kUpdate, "annotations");
    CHECK(DifferenceOf(kDesired, existing) ==
          Json{{"metadata", {{"annotations", {{key, nullptr}}}}}});
  }
}

TEST_CASE("a network of an earlier SpiderMultusConfig of this name goes over to the new one") {
  const Json existing =
      After([](Json& n) { OwnedBy(n, OwnerObject("SpiderMultusConfig", "rail", "u0")); });
  CheckMended(existing, NetworkMove::kTakeOver, "owner");
  const Json owners = DifferenceOf(kDesired, existing)["metadata"]["ownerReferences"];
  CHECK(owners == kDesired["metadata"]["ownerReferences"]);
}

TEST_CASE("owners that aren't controllers stay when a network is taken over") {
  const Json other = {{"apiVersion", "v1"}, {"kind", "ConfigMap"}, {"name", "x"}, {"uid", "x"}};
  const Json existing = After([&](Json& n) { OwnedBy(n, other); });
  CheckMended(existing, NetworkMove::kTakeOver, "owner");
  CHECK(DifferenceOf(kDesired, existing)["metadata"]["ownerReferences"][0] == other);
}

TEST_CASE("a network that nobody owns is taken over where its configuration is the desired one") {
  const Json unowned = After([](Json& n) {
    n["metadata"].erase("ownerReferences");
    n["metadata"].erase("annotations");
  });
  CheckMended(unowned, NetworkMove::kTakeOver, "annotations,owner");
  Json different = unowned;
  different["spec"]["config"] = R"({"type":"macvlan"})";
  CheckRefused(different, "belongs to nobody");
  different.erase("spec");
  CheckRefused(different, "belongs to nobody");
}

TEST_CASE("a network of somebody else is refused, whatever it is like") {
  CheckRefused(After([](Json& n) { OwnedBy(n, OwnerObject("SpiderMultusConfig", "b", "u2")); }),
               "belongs to SpiderMultusConfig \"b\"");
  CheckRefused(After([](Json& n) { OwnedBy(n, OwnerObject("Deployment", "rail", "u3")); }),
               "belongs to Deployment \"rail\"");
}

TEST_CASE("what makes no network leaves what is there") {
  const Result<Json> invalid = Fail(ErrorCode::kInvalid, "spec.sriov is missing");
  CHECK(NextNetworkStep(&kSmc, invalid, nullptr, false).move == NetworkMove::kNothing);
  CHECK(NextNetworkStep(&kSmc, invalid, &kDesired, false).move == NetworkMove::kNothing);
  CHECK(NextNetworkStep(nullptr, Json(), &kDesired, false).move == NetworkMove::kNothing);
  Json deleting = kSmc;
  deleting["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z";
  CHECK(NextNetworkStep(&deleting, kDesired, nullptr, false).move == NetworkMove::kNothing);
}

TEST_CASE("a network whose SpiderMultusConfig wants another name goes, but not twice") {
  CHECK(NextNetworkStep(nullptr, Json(), &kDesired, true).move == NetworkMove::kDelete);
  CHECK(NextNetworkStep(&kSmc, kDesired, &kDesired, true).move == NetworkMove::kDelete);
  const Json going =
      After([](Json& n) { n["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"; });
  CHECK(NextNetworkStep(nullptr, Json(), &going, true).move == NetworkMove::kNothing);
  CHECK(StepFor(going).move == NetworkMove::kNothing);
}

TEST_CASE("of several that want one network the one that has it keeps it, else the oldest") {
  Json old = SmcObject("z", "uz");
  Json young = SmcObject("a", "ua");
  old["metadata"]["creationTimestamp"] = "2026-01-01T00:00:00Z";
  young["metadata"]["creationTimestamp"] = "2026-01-01T00:00:01Z";
  CHECK(HolderOf({young, old}, nullptr) == 1);
  const Json youngs = NetworkObject("rail", "ua");
  CHECK(HolderOf({young, old}, &youngs) == 0);
  young["metadata"]["creationTimestamp"] = old["metadata"]["creationTimestamp"];
  CHECK(HolderOf({old, young}, nullptr) == 1);
}

// Fingerprints and DifferenceOf must agree, as one decides whether the other is asked.
TEST_CASE("fingerprints differ where there is a difference, and only there") {
  const std::vector<Change> changes = {
      [](Json& n) { n["spec"]["config"] = R"({"type":"sriov","name":"n","cniVersion":"0.3.1"})"; },
      [](Json& n) { n["spec"]["config"] = "no JSON"; },
      [](Json& n) { n.erase("spec"); },
      [](Json& n) { n["metadata"]["annotations"]["team"] = "other"; },
      [](Json& n) { n["metadata"]["annotations"].erase("team"); },
      [](Json& n) { n["metadata"]["annotations"]["example.com/seen"] = "yes"; },
      [](Json& n) { n["metadata"]["annotations"]["railhook.io/order"] = "3"; },
      [](Json& n) { n["metadata"]["annotations"].erase("k8s.v1.cni.cncf.io/resourceName"); },
      [](Json& n) { n["metadata"].erase("ownerReferences"); },
      [](Json& n) { OwnedBy(n, OwnerObject("SpiderMultusConfig", "rail", "u0")); },
      [](Json& n) {
        n["metadata"]["labels"] = {{"a", "b"}};
      },
  };
  std::mt19937 random(1);  // NOLINT: the same every time
  int covered = 0;
  for (int i = 0; i < 500; ++i) {
    Json existing = kDesired;
    for (const Change& change : changes)
      if (random() % 6 == 0) change(existing);
    const bool covers = FingerprintOf(existing).Covers(FingerprintOf(kDesired));
    CHECK(covers == DifferenceOf(kDesired, existing).empty());
    covered += covers;
  }
  CHECK(covered > 50);
  CHECK(covered < 450);
}

}  // namespace
}  // namespace railhook

#include "cli/policy_handler.h"

#include <variant>

#include "tests/captured_stderr.h"
#include "tests/policy/objects.h"

namespace railhook {
namespace {

AdmissionRequest RequestFor(std::string_view plural, Json object) {
  AdmissionRequest request;
  request.uid = "uid-1";
  request.group = "sriovnetwork.openshift.io";
  request.resource = plural;
  request.operation = "CREATE";
  request.name_space = "sriov";
  request.object = std::make_shared<const Json>(std::move(object));
  request.old_object = std::make_shared<const Json>();
  return request;
}

AdmissionRequest RequestFor(std::string_view spec) {
  return RequestFor("sriovnetworknodepolicies", PolicyObject("new", spec));
}

struct Handler {
  Metrics metrics{"test"};
  std::optional<SriovObjects> known = SriovObjects();
  AdmissionHandler handle = MakePolicyValidator([this] { return known; }, metrics);

  AdmissionResponse Answer(const AdmissionRequest& request) const {
    return std::get<AdmissionResponse>(handle(request));
  }
  bool HasCount(std::string_view result, int code, int count) const {
    return metrics.Text().find("railhook_admission_requests_total{code=\"" + std::to_string(code) +
                               "\",result=\"" + std::string(result) + "\"} " +
                               std::to_string(count) + "\n") != std::string::npos;
  }
};

constexpr std::string_view kGood =
    "resourceName: r, nodeSelector: {}, numVfs: 8, nicSelector: {pfNames: [ens1]}";
constexpr std::string_view kBad =
    "resourceName: r, nodeSelector: {}, numVfs: 8, nicSelector: {pfNames: ['ens1#0-8']}, "
    "eSwitchMode: switchdev";

TEST_CASE(
    "a good policy passes, a bad one is denied for all that is wrong, in one line of the log") {
  const Handler handler;
  const CapturedStderr captured;
  CHECK(handler.Answer(RequestFor(kGood)).allowed);
  const AdmissionResponse denied = handler.Answer(RequestFor(kBad));
  CHECK_FALSE(denied.allowed);
  CHECK(denied.message ==
        "spec.nicSelector.pfNames.0 is \"ens1#0-8\", beyond the last VF, 7: write a lower one, or "
        "numVfs: 9; spec.eSwitchMode is \"switchdev\", but railhook-vfmanager doesn't "
        "support switchdev: remove it");
  CHECK(handler.HasCount("allowed", 200, 1));
  CHECK(handler.HasCount("denied", 403, 1));
  const std::string log = captured.Text();
  CHECK(log.find("\"msg\":\"admission of a SriovNetworkNodePolicy\"") != std::string::npos);
  CHECK(log.find("\"refusedOver\":\"/spec/nicSelector/pfNames/0,/spec/eSwitchMode\"") !=
        std::string::npos);
}

TEST_CASE(
    "a policy that contradicts another is denied, and may be changed where it contradicts none") {
  Handler handler;
  const CapturedStderr captured;
  handler.known->policies = {PolicyOf("old", "numVfs: 8, nicSelector: {pfNames: ['ens1#2-3']}"),
                             PolicyOf("new", "numVfs: 8, nicSelector: {pfNames: ['ens1#0-1']}")};
  CHECK(
      handler.Answer(RequestFor(kGood)).message ==
      "policies new and old, both of priority 0, name VFs 2-3 of ens1: give one of them other VFs "
      "(pfNames: [NAME#FIRST-LAST]) or another priority");
  AdmissionRequest change = RequestFor(
      "resourceName: r, nodeSelector: {}, numVfs: 8, nicSelector: {pfNames: ['ens1#4-7']}");
  change.operation = "UPDATE";
  CHECK(handler.Answer(change).allowed);
}

TEST_CASE("a pool is judged by itself, and beside the others") {
  Handler handler;
  const CapturedStderr captured;
  handler.known->pools = {
      ReadPoolConfig(PoolObject("old", "nodeSelector: {matchLabels: {gpu: a}}")).value()};
  const auto answer = [&](std::string_view spec) {
    return handler.Answer(RequestFor("sriovnetworkpoolconfigs", PoolObject("p", spec)));
  };
  CHECK(answer("nodeSelector: {matchLabels: {gpu: b}}").allowed);
  CHECK(answer("rdmaMode: both, nodeSelector: {matchLabels: {gpu: b}}").message ==
        "spec.rdmaMode is \"both\": write one of shared, exclusive");
  CHECK(answer("maxUnavailable: 1").message ==
        "SriovNetworkPoolConfigs p and old choose the same nodes: change the nodeSelector of one");
  const AdmissionResponse perhaps = answer("nodeSelector: {matchLabels: {rack: b}}");
  CHECK(perhaps.allowed);
  CHECK(Join(perhaps.warnings, "; ") ==
        "SriovNetworkPoolConfigs p and old would both choose nodes with the labels gpu=a, rack=b, "
        "where neither could count: see that there are none");
}

TEST_CASE("warnings deny nothing") {
  const Handler handler;
  const CapturedStderr captured;
  const AdmissionResponse response = handler.Answer(RequestFor(
      "resourceName: r, nodeSelector: {}, numVfs: 8, nicSelector: {pfNames: [ens1, ens1]}"));
  CHECK(response.allowed);
  CHECK(Join(response.warnings, "; ") ==
        "spec.nicSelector.pfNames.1 is \"ens1\", but names VFs that stand before it already");
}

TEST_CASE("without the objects that there are the API server is asked to try again") {
  Handler handler;
  handler.known = std::nullopt;
  const auto outcome = handler.handle(RequestFor(kGood));
  REQUIRE(std::holds_alternative<TryAgain>(outcome));
  CHECK(std::get<TryAgain>(outcome).why ==
        "railhook doesn't know the cluster's SriovNetworkNodePolicies and SriovNetworkPoolConfigs "
        "yet");
  CHECK(handler.HasCount("not_ready", 503, 1));
}

TEST_CASE("what isn't for it passes: deletions, status, other resources, what is being deleted") {
  const Handler handler;
  const CapturedStderr captured;
  AdmissionRequest request = RequestFor(kBad);
  REQUIRE_FALSE(handler.Answer(request).allowed);
  request.operation = "DELETE";
  CHECK(handler.Answer(request).allowed);
  request = RequestFor(kBad);
  request.sub_resource = "status";
  CHECK(handler.Answer(request).allowed);
  CHECK(handler.Answer(RequestFor("sriovnetworknodestates", PolicyObject("p", kBad))).allowed);
  Json leaving = PolicyObject("p", kBad);
  leaving["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z";
  CHECK(handler.Answer(RequestFor("sriovnetworknodepolicies", leaving)).allowed);
}

}  // namespace
}  // namespace railhook

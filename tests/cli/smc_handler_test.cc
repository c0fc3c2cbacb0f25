#include "cli/smc_handler.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <variant>

#include "base/json.h"
#include "tests/captured_stderr.h"
#include "tests/multus/objects.h"

namespace railhook {
namespace {

struct Handlers {
  Metrics metrics{"test"};
  std::shared_ptr<const RailIndex> rails = std::make_shared<const RailIndex>(ClusterObjects());
  AdmissionHandler fill = MakeSmcDefaulter(metrics);
  AdmissionHandler judge = MakeSmcValidator([this] { return rails; }, metrics);

  bool HasCount(std::string_view result, int code, int count) const {
    return Has(metrics.Text(), "railhook_admission_requests_total{code=\"" + std::to_string(code) +
                                   "\",result=\"" + std::string(result) + "\"} " +
                                   std::to_string(count) + "\n");
  }
};

AdmissionRequest RequestOf(Json object, Json old = nullptr) {
  AdmissionRequest request;
  request.uid = "uid-1";
  request.group = "spiderpool.spidernet.io";
  request.resource = "spidermultusconfigs";
  request.operation = old.is_null() ? "CREATE" : "UPDATE";
  request.name_space = "default";
  request.object = std::make_shared<const Json>(std::move(object));
  request.old_object = std::make_shared<const Json>(std::move(old));
  return request;
}

AdmissionRequest CreationOf(std::string_view spec) {
  return RequestOf(ObjectOf(Smc("a", "", spec)));
}

AdmissionResponse ResponseOf(const AdmissionHandler& handler, const AdmissionRequest& request) {
  return std::get<AdmissionResponse>(handler(request));
}

constexpr std::string_view kGood = "cniType: sriov, sriov: {resourceName: a/b}";
constexpr std::string_view kBad = "cniType: sriov, sriov: {mtu: -1}";

TEST_CASE("the patch adds what is missing, member by member, and nothing where nothing is") {
  Handlers handlers;
  const CapturedStderr captured;
  const AdmissionRequest request = CreationOf(kGood);
  const AdmissionResponse response = ResponseOf(handlers.fill, request);
  REQUIRE(response.allowed);
  for (const PatchOperation& operation : response.patch.operations()) {
    CHECK(operation.op == PatchOperation::Op::kAdd);
    CHECK(operation.path.starts_with("/spec/"));
    CHECK(operation.path != "/spec/sriov");
  }
  const Json filled = response.patch.Apply(*request.object).value();
  CHECK(filled["spec"]["sriov"]["ippools"]["ipv4"] == Json::array());
  CHECK(ResponseOf(handlers.fill, RequestOf(filled)).patch.empty());
  CHECK(handlers.HasCount("defaulted", 200, 1));
  CHECK(handlers.HasCount("allowed", 200, 1));
}

TEST_CASE("a denial names all that is wrong, warnings deny nothing") {
  Handlers handlers;
  const CapturedStderr captured;
  const AdmissionResponse denied = ResponseOf(handlers.judge, CreationOf(kBad));
  CHECK_FALSE(denied.allowed);
  CHECK(Has(denied.message, "spec.sriov.mtu"));
  CHECK(Has(denied.message, "spec.sriov.resourceName"));
  const AdmissionResponse warned = ResponseOf(
      handlers.judge,
      CreationOf(
          "cniType: sriov, sriov: {resourceName: a/b}, coordinator: {vethLinkAddress: 10.0.0.1}"));
  CHECK(warned.allowed);
  CHECK(warned.warnings.size() == 1);
  CHECK(ResponseOf(handlers.judge, CreationOf(kGood)).allowed);
  CHECK(handlers.HasCount("denied", 403, 1));
  CHECK(handlers.HasCount("allowed", 200, 2));
}

TEST_CASE("what is being deleted passes, right or wrong, and so does what is none") {
  Handlers handlers;
  const CapturedStderr captured;
  Json deleted = ObjectOf(Smc("a", "", kBad));
  deleted["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z";
  AdmissionRequest status = CreationOf(kBad), removal = CreationOf(kBad), other = CreationOf(kBad);
  status.sub_resource = "status";
  removal.operation = "DELETE";
  other.resource = "spiderippools";
  for (const AdmissionRequest& request : {RequestOf(deleted, deleted), status, removal, other}) {
    CHECK(ResponseOf(handlers.judge, request).allowed);
    CHECK(ResponseOf(handlers.fill, request).patch.empty());
  }
}

TEST_CASE("while the networks aren't known the API server is to try again") {
  Handlers handlers;
  const CapturedStderr captured;
  handlers.rails = nullptr;
  CHECK(std::holds_alternative<TryAgain>(handlers.judge(CreationOf(kGood))));
  CHECK(handlers.HasCount("not_ready", 503, 1));
  CHECK(ResponseOf(handlers.fill, CreationOf(kGood)).allowed);
}

TEST_CASE("the object that was there counts in an update alone") {
  Handlers handlers;
  const CapturedStderr captured;
  const Json before = ObjectOf(Smc("a", "multus.spidernet.io/cr-name: left", kGood));
  const Json after = ObjectOf(Smc("a", "multus.spidernet.io/cr-name: right", kGood));
  CHECK_FALSE(ResponseOf(handlers.judge, RequestOf(after, before)).allowed);
  CHECK(ResponseOf(handlers.judge, RequestOf(after)).allowed);
}

TEST_CASE("each decision is one line with the object's name and nothing else of it") {
  Handlers handlers;
  const CapturedStderr captured;
  Json object = ObjectOf(Smc("a", "note: SECRET", "cniType: macvlan, macvlan: {master: SECRET}"));
  object["metadata"]["name"] = "x\n{\"level\":\"error\"}";
  handlers.judge(RequestOf(object));
  const std::string log = captured.Text();
  CHECK(std::count(log.begin(), log.end(), '\n') == 1);
  CHECK(Has(log, "uid-1"));
  CHECK(Has(log, "denied"));
  CHECK(Has(log, "/spec/macvlan/master"));
  CHECK_FALSE(Has(log, "SECRET"));
}

TEST_CASE("any JSON is answered") {
  Handlers handlers;
  const CapturedStderr captured;
  for (const std::string text :
       {"null", "5", "[]", "{}", R"({"spec": 5})", R"({"metadata": [1]})"}) {
    CAPTURE(text);
    CHECK_FALSE(ResponseOf(handlers.judge, RequestOf(Json::parse(text))).allowed);
    CHECK(ResponseOf(handlers.fill, RequestOf(Json::parse(text))).patch.empty());
  }
}

}  // namespace
}  // namespace railhook

#include "cli/workload_handler.h"

#include <doctest/doctest.h>

#include <stdexcept>

#include "base/json.h"
#include "tests/captured_stderr.h"
#include "tests/webhook/inject/yaml_fixture.h"

namespace railhook {
namespace {

using Index = std::shared_ptr<const RailIndex>;

AdmissionRequest Creation() {
  AdmissionRequest request;
  request.uid = "uid-1";
  request.operation = "CREATE";
  request.name_space = "team";
  request.object = std::make_shared<const Json>(From(R"(
apiVersion: apps/v1
kind: Deployment
metadata: {name: train}
spec:
  template:
    metadata: {annotations: {cni.spidernet.io/rdma-resource-inject: nosuch}}
    spec: {containers: [{name: c, env: [{name: PASSWORD, value: SECRET}]}]}
)"));
  request.old_object = std::make_shared<const Json>();
  return request;
}

AdmissionResponse Answer(std::function<Index()> rails) {
  const auto handle = MakeWorkloadHandler(
      {std::move(rails), [] { return std::make_shared<const InjectConfig>(); }});
  return std::get<AdmissionResponse>(handle(Creation()));
}

TEST_CASE("a workload passes with warnings, and one line of the log that doesn't quote it") {
  const CapturedStderr log;
  const AdmissionResponse response =
      Answer([] { return std::make_shared<const RailIndex>(ClusterObjects()); });
  CHECK(response.allowed);
  CHECK(response.patch.empty());
  CHECK_FALSE(response.warnings.empty());
  CHECK(Mentions(log.Text(), "warned of a workload"));
  CHECK(Mentions(log.Text(), "train"));
  CHECK_FALSE(Mentions(log.Text(), "SECRET"));
}

TEST_CASE("while the rails aren't known a workload passes without a word") {
  const AdmissionResponse response = Answer([] { return Index(); });
  CHECK(response.allowed);
  CHECK(response.warnings.empty());
}

TEST_CASE("a failure denies nothing") {
  const CapturedStderr log;
  const AdmissionResponse response =
      Answer([]() -> Index { throw std::runtime_error("out of luck"); });
  CHECK(response.allowed);
  CHECK(response.warnings.empty());
  CHECK(Mentions(log.Text(), "out of luck"));
}

}  // namespace
}  // namespace railhook

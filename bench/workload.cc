#include "bench/workload.h"

#include "base/files.h"
#include "base/yaml.h"
#include "multus/rail_directory.h"

namespace railhook {
namespace {

constexpr std::string_view kEnvelope = R"({
  "apiVersion": "admission.k8s.io/v1",
  "kind": "AdmissionReview",
  "request": {
    "uid": "e3b7c1f4-5d0f-4b8e-9a55-0c7f0b6f2d19",
    "kind": {"group": "", "version": "v1", "kind": "Pod"},
    "resource": {"group": "", "version": "v1", "resource": "pods"},
    "requestKind": {"group": "", "version": "v1", "kind": "Pod"},
    "requestResource": {"group": "", "version": "v1", "resource": "pods"},
    "namespace": "training",
    "operation": "CREATE",
    "userInfo": {
      "username": "system:serviceaccount:kube-system:job-controller",
      "uid": "4f7c0a52-9d0e-4b57-8b34-4d4a0b8f4c60",
      "groups": ["system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"],
      "extra": {"authentication.kubernetes.io/credential-id": ["JTI=0d9a3c52-7b4e-4a43-9f63-52a5e4e3b2a7"]}
    },
    "object": null,
    "oldObject": null,
    "dryRun": false,
    "options": {"kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1"}
  }
})";

}  // namespace

Result<std::string> TrainingPodReview(const std::filesystem::path& source) {
  const std::string yaml = TRY(ReadFile(source / "bench/pod.yaml"));
  const auto pods = TRY(ParseYaml(yaml));
  OrderedJson review = TRY(ParseOrderedJson(kEnvelope));
  review["request"]["object"] = pods.at(0).value;
  return Compact(review);
}

Result<std::string> LongReview(const std::string& review) {
  OrderedJson made = TRY(ParseOrderedJson(review));
  auto& variables = made["request"]["object"]["spec"]["containers"][0]["env"];
  if (variables.is_null()) variables = OrderedJson::array();
  const std::string value(64, 'v');
  for (int i = 0; i < (3 << 20) / 90; ++i) {
    variables.push_back({{"name", "V" + std::to_string(100'000 + i)}, {"value", value}});
  }
  return Compact(made);
}

Result<RailIndex> EightRails(const std::filesystem::path& source) {
  return RailIndex(TRY(LoadRails(source / "examples/sriov-rails/rails")));
}

}  // namespace railhook

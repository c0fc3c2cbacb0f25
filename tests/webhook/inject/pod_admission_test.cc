#include "webhook/inject/pod_admission.h"

#include "tests/webhook/inject/yaml_fixture.h"

namespace railhook {
namespace {

using Op = PatchOperation::Op;

constexpr std::string_view kRails = R"(
apiVersion: spiderpool.spidernet.io/v2beta1
kind: SpiderMultusConfig
metadata: {name: r1, namespace: rails, annotations: {cni.spidernet.io/rdma-resource-inject: a}}
spec: {cniType: sriov, sriov: {resourceName: x/r, ippools: {ipv4: [p]}}}
)";

AdmissionRequest CreationOf(std::string_view pod) {
  AdmissionRequest request;
  request.uid = "u";
  request.resource = "pods";
  request.operation = "CREATE";
  request.name_space = "team";
  request.object = std::make_shared<const Json>(From(pod));
  return request;
}

constexpr std::string_view kAsking =
    "{metadata: {annotations: {cni.spidernet.io/rdma-resource-inject: a}}, spec: {containers: "
    "[{name: c0}]}}";
constexpr std::string_view kUnknown =
    "{metadata: {annotations: {cni.spidernet.io/rdma-resource-inject: gone}}, spec: {containers: "
    "[{name: c0}]}}";
constexpr std::string_view kSilent = "{spec: {containers: [{name: c0}]}}";

PodAdmission Admit(const AdmissionRequest& request) {
  const RailIndex index = IndexFrom(kRails);
  return AdmitPod(request, index, InjectConfig());
}

TEST_CASE("a pod that asks gets its rails") {
  const PodAdmission admission = Admit(CreationOf(kAsking));
  CHECK(admission.injection.verdict == Verdict::kInjected);
  CHECK(admission.response.allowed);
  CHECK_FALSE(admission.response.patch.empty());
  CHECK(admission.response.patch.ToJson() == admission.injection.patch.ToJson());
}

TEST_CASE("a dry run gets the same answer") {
  AdmissionRequest request = CreationOf(kAsking);
  const std::string real = ToReview(Admit(request).response, request.uid);
  request.dry_run = true;
  CHECK(ToReview(Admit(request).response, request.uid) == real);
}

TEST_CASE("only the creation of pods is railhook's business") {
  const struct {
    std::string_view name;
    std::string group, resource, sub_resource, operation;
  } cases[] = {
      {"an update", "", "pods", "", "UPDATE"},
      {"a deletion", "", "pods", "", "DELETE"},
      {"a connection", "", "pods", "exec", "CONNECT"},
      {"a subresource", "", "pods", "binding", "CREATE"},
      {"ephemeral containers", "", "pods", "ephemeralcontainers", "UPDATE"},
      {"another resource", "", "services", "", "CREATE"},
      {"pods of another group", "metrics.k8s.io", "pods", "", "CREATE"},
      {"nothing named", "", "", "", ""},
      {"another case", "", "Pods", "", "create"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    AdmissionRequest request = CreationOf(kUnknown);
    request.group = c.group;
    request.resource = c.resource;
    request.sub_resource = c.sub_resource;
    request.operation = c.operation;
    const PodAdmission admission = Admit(request);
    CHECK(admission.response.allowed);
    CHECK(admission.response.patch.empty());
    CHECK(admission.response.warnings.empty());
    CHECK(admission.injection.verdict == Verdict::kSkipped);
  }
}

TEST_CASE("a deletion without an object passes") {
  AdmissionRequest request = CreationOf(kAsking);
  request.operation = "DELETE";
  request.object = std::make_shared<const Json>();
  CHECK(Admit(request).response.allowed);
}

TEST_CASE("a creation without an object is denied, not a crash") {
  AdmissionRequest request = CreationOf(kAsking);
  request.object = std::make_shared<const Json>();
  CHECK_FALSE(Admit(request).response.allowed);
}

TEST_CASE("a denial carries its message and no patch") {
  const PodAdmission admission = Admit(CreationOf(kUnknown));
  CHECK_FALSE(admission.response.allowed);
  CHECK(Mentions(admission.response.message, "unknown class \"gone\""));
  CHECK(admission.response.patch.empty());
}

TEST_CASE(
    "auditors learn what was asked, decided and given; of a pod that asks for nothing they learn "
    "nothing") {
  const auto injected = Admit(CreationOf(kAsking)).response.audit_annotations;
  CHECK(injected.at("verdict") == "injected");
  CHECK(injected.at("class") == "a");
  CHECK(injected.at("rails") == "1");
  const auto denied = Admit(CreationOf(kUnknown)).response.audit_annotations;
  CHECK(denied.at("verdict") == "denied");
  CHECK(denied.at("class") == "gone");
  CHECK(Admit(CreationOf(kSilent)).response.audit_annotations.empty());
  CHECK(
      Admit(CreationOf("{metadata: {annotations: {cni.spidernet.io/rdma-resource-inject: none}}}"))
          .response.audit_annotations.empty());
}

TEST_CASE("warnings of a pod that gets nothing reach the answer") {
  Json pod = From(kAsking);
  pod["spec"]["hostNetwork"] = true;
  AdmissionRequest request = CreationOf(kSilent);
  request.object = std::make_shared<const Json>(pod);
  const PodAdmission admission = Admit(request);
  CHECK(admission.response.allowed);
  CHECK(admission.response.warnings.size() == 1);
}

std::string Check(std::initializer_list<PatchOperation> operations) {
  static const Json pod = From(R"(
metadata: {labels: {l: x}, annotations: {a/b: x}}
spec:
  nodeSelector: {zone: a}
  volumes: [{name: v}]
  containers:
    - {name: c0, image: i, env: [{name: E}], resources: {limits: {x/r: "1"}}}
  initContainers: [{name: i0, command: [x]}]
)");
  Patch patch;
  for (const PatchOperation& operation : operations) patch.Append(operation);
  return ErrorOf(CheckPatch(patch, pod));
}

TEST_CASE("CheckPatch: what may be touched") {
  const struct {
    Op op;
    std::string path, value;
  } cases[] = {
      {Op::kAdd, "/metadata/annotations/k8s.v1.cni.cncf.io~1networks", "\"[]\""},
      {Op::kReplace, "/metadata/annotations/a~1b", "\"y\""},
      {Op::kRemove, "/metadata/annotations/a~1b", ""},
      {Op::kAdd, "/spec/containers/0/resources/limits/x~1s", "\"1\""},
      {Op::kReplace, "/spec/containers/0/resources/limits/x~1r", "\"2\""},
      {Op::kAdd, "/spec/containers/0/resources/requests", "{\"x/r\":\"1\"}"},
      {Op::kAdd, "/spec/initContainers/0/resources", "{\"limits\":{\"x/r\":\"1\"}}"},
      {Op::kAdd, "/spec/containers/0/env/-", "{\"name\":\"F\"}"},
      {Op::kAdd, "/spec/containers/0/volumeMounts", "[]"},
      {Op::kAdd, "/spec/containers/0/securityContext",
       "{\"capabilities\":{\"add\":[\"IPC_LOCK\"]}}"},
      {Op::kAdd, "/spec/volumes/-", "{\"name\":\"w\"}"},
      {Op::kAdd, "/spec/nodeSelector/disk", "\"ssd\""},
  };
  for (const auto& c : cases) {
    CAPTURE(c.path);
    CHECK(Check({{c.op, c.path, c.value}}) == "");
  }
}

TEST_CASE("CheckPatch: what may not be touched") {
  const struct {
    Op op;
    std::string path, value;
  } cases[] = {
      {Op::kReplace, "", "{}"},
      {Op::kAdd, "/metadata/labels/l", "\"y\""},
      {Op::kAdd, "/metadata/annotationsX", "{}"},
      {Op::kReplace, "/spec", "{}"},
      {Op::kAdd, "/spec/hostNetwork", "true"},
      {Op::kReplace, "/spec/containers", "[]"},
      {Op::kRemove, "/spec/containers/0", ""},
      {Op::kAdd, "/spec/containers/-", "{}"},
      {Op::kReplace, "/spec/containers/0/image", "\"evil\""},
      {Op::kAdd, "/spec/containers/0/resourcesX", "{}"},
      {Op::kAdd, "/spec/initContainers/0/command/-", "\"x\""},
      {Op::kAdd, "/spec/containers/0/envFrom", "[]"},
      {Op::kAdd, "/spec/ephemeralContainers/0/resources", "{}"},
      {Op::kAdd, "/status", "{}"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.path);
    CHECK(Mentions(Check({{c.op, c.path, c.value}}), c.path));
  }
}

TEST_CASE("CheckPatch: no map or list that is there is set or removed as a whole") {
  const struct {
    Op op;
    std::string path, value;
  } cases[] = {
      {Op::kRemove, "/metadata", ""},
      {Op::kReplace, "/metadata", "{}"},
      {Op::kAdd, "/metadata/annotations", "{}"},
      {Op::kReplace, "/metadata/annotations", "{\"x\":\"y\"}"},
      {Op::kRemove, "/metadata/annotations", ""},
      {Op::kAdd, "/spec/containers/0/resources", "{}"},
      {Op::kReplace, "/spec/containers/0/resources/limits", "{}"},
      {Op::kReplace, "/spec/containers/0/env", "[]"},
      {Op::kRemove, "/spec/containers/0/env/0", ""},
      {Op::kReplace, "/spec/volumes", "[]"},
      {Op::kReplace, "/spec/volumes/0", "{}"},
      {Op::kReplace, "/spec/nodeSelector", "{}"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.path);
    CHECK(Mentions(Check({{c.op, c.path, c.value}}), c.path));
  }
}

TEST_CASE("CheckPatch: what does not apply") {
  CHECK(Check({{Op::kReplace, "/metadata/annotations/missing", "\"x\""}}) != "");
  CHECK(Check({{Op::kAdd, "/spec/containers/7/resources", "{}"}}) != "");
  CHECK(Check({{Op::kAdd, "/spec/containers/0/securityContext/capabilities/add", "[]"}}) != "");
  CHECK(Check({{Op::kAdd, "/spec/containers/0/resources/limits/x~1r/y", "1"}}) != "");
  CHECK(Check({{Op::kAdd, "/metadata/annotations/bad~2escape", "\"x\""}}) != "");
}

}  // namespace
}  // namespace railhook

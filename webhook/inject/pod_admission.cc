#include "webhook/inject/pod_admission.h"

#include <algorithm>
#include <string>

#include "base/json.h"
#include "base/text.h"
#include "k8sclient/object.h"

namespace railhook {
namespace {

bool IsPodCreation(const AdmissionRequest& request) {
  return request.group.empty() && request.resource == "pods" && request.sub_resource.empty() &&
         request.operation == "CREATE";
}

// What lies behind a container's pointer, "/spec/containers/0/resources/limits/x" ->
// "resources/limits/x".
std::string_view InContainer(std::string_view pointer) {
  for (const std::string_view list : {"/spec/containers/", "/spec/initContainers/"}) {
    if (!pointer.starts_with(list)) continue;
    pointer.remove_prefix(list.size());
    const auto slash = pointer.find('/');
    return slash == std::string_view::npos ? "" : pointer.substr(slash + 1);
  }
  return "";
}

bool MayTouch(std::string_view pointer) {
  static constexpr std::string_view kInPod[] = {"/metadata/annotations", "/spec/nodeSelector",
                                                "/spec/volumes"};
  static constexpr std::string_view kInContainer[] = {"resources", "env", "volumeMounts",
                                                      "securityContext"};
  const auto under = [](std::string_view path, std::string_view allowed) {
    return path == allowed || (path.starts_with(allowed) && path[allowed.size()] == '/');
  };
  const std::string_view inside = InContainer(pointer);
  return pointer == "/metadata" ||
         std::any_of(std::begin(kInPod), std::end(kInPod),
                     [&](auto path) { return under(pointer, path); }) ||
         std::any_of(std::begin(kInContainer), std::end(kInContainer),
                     [&](auto path) { return under(inside, path); });
}

// A map or list may hold what others put in it: it is neither set nor removed as a whole.
bool IsWhole(const Json& pod, const std::string& pointer) {
  const Json* there = FindAt(pod, pointer);
  return there != nullptr && there->is_structured();
}

void Annotate(const Injection& injection, AdmissionResponse& response) {
  if (!injection.request || injection.request->classes.empty()) return;
  auto& audit = response.audit_annotations;
  static constexpr std::string_view kVerdicts[] = {"skipped", "injected", "denied"};
  audit["verdict"] = kVerdicts[static_cast<std::size_t>(injection.verdict)];
  audit["class"] = OneLine(Join(injection.request->classes, ","), 200);
  audit["rails"] = std::to_string(injection.rails.size());
}

AdmissionResponse Answer(const Injection& injection, const Json& pod) {
  if (injection.verdict == Verdict::kDenied) return Denied(injection.message);
  if (injection.patch.empty()) return Allowed();
  if (const auto checked = CheckPatch(injection.patch, pod); !checked) {
    return Denied("railhook made a patch that it can't stand by (" + checked.error().message +
                  "): please report this");
  }
  return Patched(injection.patch);
}

}  // namespace

Result<> CheckPatch(const Patch& patch, const Json& pod) {
  for (const PatchOperation& operation : patch.operations()) {
    if (!MayTouch(operation.path)) return Fail(ErrorCode::kInvalid, "it touches " + operation.path);
  }
  TRY(patch.TryOn(pod));
  for (const PatchOperation& operation : patch.operations()) {
    if (!IsWhole(pod, operation.path)) continue;
    return Fail(ErrorCode::kInvalid, "it changes all of " + operation.path);
  }
  return {};
}

PodAdmission AdmitPod(const AdmissionRequest& request, const RailIndex& index,
                      const InjectConfig& config) {
  if (!IsPodCreation(request)) return {Allowed(), {}};
  PodAdmission admission;
  admission.injection = Inject(*request.object, request.name_space, index, config);
  admission.response = Answer(admission.injection, *request.object);
  admission.response.warnings = admission.injection.warnings;
  Annotate(admission.injection, admission.response);
  return admission;
}

}  // namespace railhook

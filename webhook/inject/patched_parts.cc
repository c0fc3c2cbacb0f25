#include "webhook/inject/patched_parts.h"

#include <string>

#include "webhook/inject/networks.h"
#include "webhook/inject/target.h"

namespace railhook {
namespace {

constexpr std::string_view kAnnotations = "/metadata/annotations";

std::string AnnotationPointer(std::string_view name) {
  return PointerOf({"metadata", "annotations", std::string(name)});
}

bool IsOfResources(std::string_view pointer) {
  const bool in_container =
      pointer.starts_with("/spec/containers/") || pointer.starts_with("/spec/initContainers/");
  return in_container && pointer.find("/resources") != std::string_view::npos;
}

PatchedPart PartOf(const PatchOperation& operation) {
  static const std::string networks = AnnotationPointer(kNetworksAnnotation);
  static const std::string status = AnnotationPointer(kStatusAnnotation);
  if (operation.path == networks) return PatchedPart::kNetworks;
  if (operation.path == status) return PatchedPart::kStatus;
  if (operation.path.starts_with(kAnnotations)) return PatchedPart::kPools;
  return IsOfResources(operation.path) ? PatchedPart::kResources : PatchedPart::kExtras;
}

// Where a pod has no annotations, those that it gets come in one operation.
bool AddsAnnotations(const PatchOperation& operation) {
  return operation.path == kAnnotations || operation.path == "/metadata";
}

}  // namespace

std::array<bool, kPatchedParts.size()> PartsOf(const Patch& patch) {
  std::array<bool, kPatchedParts.size()> parts{};
  const auto add = [&](PatchedPart part) { parts[static_cast<std::size_t>(part)] = true; };
  for (const PatchOperation& operation : patch.operations()) {
    if (AddsAnnotations(operation)) {
      add(PatchedPart::kNetworks);
      add(PatchedPart::kStatus);
    } else {
      add(PartOf(operation));
    }
  }
  return parts;
}

}  // namespace railhook

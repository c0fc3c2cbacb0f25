#pragma once
// What SpiderMultusConfigs and NetworkAttachmentDefinitions have in common as rails: the
// annotations.

#include <string>
#include <string_view>

#include "k8sclient/object.h"
#include "multus/rail.h"

namespace railhook {

// On an SMC: the version of CNI that its network speaks.
inline constexpr std::string_view kCniVersionAnnotation = "multus.spidernet.io/cni-version";
inline constexpr std::string_view kConfigNameAnnotation = "cni.spidernet.io/cniconfig-name";

// Fills in what the annotations say: classes, order, sharing (from the CNI type where they don't
// say), node selector.
void ReadRailAnnotations(const ObjectMeta& meta, Rail& rail);

// Adds a problem where the rail's resource is not an extended resource's name. `pointer` and
// `field` say where it stands.
void CheckResourceName(Rail& rail, std::string_view pointer, std::string_view field);

// The JSON pointer of an annotation, and how messages call it.
std::string AnnotationPointer(std::string_view key);
std::string AnnotationField(std::string_view key);

}  // namespace railhook

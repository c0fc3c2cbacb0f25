#pragma once
// What keeps a SpiderMultusConfig or a NetworkAttachmentDefinition from serving the classes that
// its annotations name.

#include <vector>

#include "k8sclient/finding.h"
#include "k8sclient/object.h"
#include "multus/rail.h"

namespace railhook {

// Adds what a pod that asks for the rail's classes would be told, once for each field.
void AddRailProblems(const Rail& rail, std::vector<Finding>& findings);

// Adds an error for each annotation that names the class which no pod can ask for.
void CheckClassNames(const ObjectMeta& meta, std::vector<Finding>& findings);

}  // namespace railhook

#pragma once
// What is wrong with spec.coordinator of a SpiderMultusConfig.

#include "k8sclient/field_checker.h"

namespace railhook {

// Adds what it finds to `check`. A coordinator that is missing is right.
void ValidateCoordinator(const JsonField& coordinator, FieldChecker& check);

}  // namespace railhook

#pragma once
// What to do about a step that failed.

#include <string>
#include <string_view>

#include "vfmanager/plan.h"

namespace railhook {

// For people, by the errno's name in the text of the failure; "" where nothing is known.
std::string HintFor(StepKind kind, std::string_view text);

}  // namespace railhook

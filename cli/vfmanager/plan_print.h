#pragma once
// Plans as people and programs read them.

#include <string>

#include "base/json.h"
#include "vfmanager/plan.h"

namespace railhook {

// PF by PF, step by step, with the reasons; no line is longer than 80 columns. Notes are left out.
std::string PlanText(const Plan& plan);

// {"rdmaMode": "exclusive", "pfs": [{"address", "name", "refusal", "vanishing", "steps"}],
// "notes"}; rdmaMode and refusal only where there are any.
OrderedJson PlanJson(const Plan& plan);

// "ens1 (0000:04:00.0)", or the address where it has no name.
std::string NameOf(const PfPlan& pf);

}  // namespace railhook

#pragma once
// What is wrong with SpiderMultusConfigs in files, and how today's form of them would look.

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "k8sclient/finding.h"
#include "multus/rail_index.h"

namespace railhook {

// The findings on one SpiderMultusConfig or NetworkAttachmentDefinition; none on other objects:
// those of ValidateSpiderMultusConfig, and what API servers never let through or only files have,
// such as unknown fields, older forms and pools that aren't there. `index` holds all objects that
// it stands among.
std::vector<Finding> LintObject(const nlohmann::ordered_json& object, const RailIndex& index);

// The object with older forms written as today's CRD wants them: spec.ippools and
// sriov.matchMasterSubnet moved into place, enableRdma dropped, pkey quoted. Anything else stays as
// it is. `changes` gets a line for each of them.
nlohmann::ordered_json FixObject(nlohmann::ordered_json object, std::vector<std::string>& changes);

}  // namespace railhook

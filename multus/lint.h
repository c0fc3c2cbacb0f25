#pragma once
// What is wrong with SpiderMultusConfigs in files, and how today's form of them would look.

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "multus/rail_index.h"

namespace railhook {

enum class Severity {
  kError,    // would be refused, or keeps pods from their rails
  kWarning,  // works, but not everywhere or not as it looks
};

struct Finding {
  Severity severity;
  std::string pointer;  // JSON pointer of the field in the object
  std::string text;     // names the field, quotes its value, says what to write
};

// The findings on one SpiderMultusConfig or NetworkAttachmentDefinition; none on
// other objects. `index` holds all objects that it stands among.
std::vector<Finding> LintObject(const nlohmann::ordered_json& object, const RailIndex& index);

// The object with older forms written as today's CRD wants them: spec.ippools and
// sriov.matchMasterSubnet moved into place, enableRdma dropped, pkey quoted. Anything else stays as
// it is. `changes` gets a line for each of them.
nlohmann::ordered_json FixObject(nlohmann::ordered_json object, std::vector<std::string>& changes);

}  // namespace railhook

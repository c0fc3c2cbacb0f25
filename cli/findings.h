#pragma once
// What is wrong with objects in files, as people are told.

#include <string>

#include "base/json.h"
#include "k8sclient/finding.h"

namespace railhook {

// "FILE:LINE: error: OBJECT: TEXT" on stderr; `place` is "FILE:LINE", `object` an ObjectName.
void PrintFinding(const std::string& place, const std::string& object, const Finding& finding);

// "SpiderMultusConfig spiderpool/gpu1"; without a namespace "default".
std::string ObjectName(const OrderedJson& object);

}  // namespace railhook

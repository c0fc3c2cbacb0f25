#pragma once
// What is wrong with a SpiderMultusConfig: the one answer that `lint`, the webhook and the
// controller give. No I/O.

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "k8sclient/finding.h"
#include "multus/rail_index.h"

namespace railhook {

// The findings on a SpiderMultusConfig by itself, as a file or an API server has it, with its
// defaults or without. An object with an error makes no network that works, or none that its class
// can use. Takes any JSON.
std::vector<Finding> ValidateSpiderMultusConfig(const nlohmann::json& object);

// What keeps `object` from taking the place of `old`, whatever else is wrong with it.
std::vector<Finding> ValidateChange(const nlohmann::json& old, const nlohmann::json& object);

// What in `index` has the name of the network that `object` asks for, and isn't its own: another
// SpiderMultusConfig's, or a NetworkAttachmentDefinition that no SpiderMultusConfig of the same
// name owns. None where `old`, which may be JSON null, asked for that name already.
std::vector<Finding> FindClashes(const nlohmann::json& old, const nlohmann::json& object,
                                 const RailIndex& index);

}  // namespace railhook

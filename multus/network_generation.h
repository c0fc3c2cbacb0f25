#pragma once
// The NetworkAttachmentDefinition (NAD) that stands for a SpiderMultusConfig (SMC), which is what
// Multus reads.

#include <nlohmann/json_fwd.hpp>

#include "base/result.h"
#include "multus/ipam.h"

namespace railhook {

// The whole NAD of an SMC, as it is to be written: apiVersion, kind, metadata with name, namespace,
// annotations and, where the SMC has a uid, the SMC as its controller; spec.config in the format of
// CNI, or no spec of a custom SMC without a configuration. What the SMC doesn't say is taken from
// the defaults of its CRD and of Spiderpool. The NAD has no namespace where the SMC has none.
//
// kInvalid has all that ValidateSpiderMultusConfig calls an error, or names what only matters here:
// pools that `ipam` can't give addresses of, a name that CNI doesn't take.
Result<nlohmann::json> NetworkOf(const nlohmann::json& spider_multus_config, const Ipam& ipam);

}  // namespace railhook

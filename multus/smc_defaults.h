#pragma once
// What a SpiderMultusConfig means by what it leaves out.

#include <nlohmann/json_fwd.hpp>

namespace railhook {

// The SpiderMultusConfig with all that its CRD's schema and Spiderpool's mutating webhook would
// fill in. Never touches what is there; null counts as missing. What has the wrong type stays as it
// is, and gets no defaults.
nlohmann::json WithDefaults(nlohmann::json spider_multus_config);

}  // namespace railhook

#pragma once
// The MTUs that SpiderMultusConfigs give to pods, from files.

#include <string>
#include <vector>

#include "base/result.h"
#include "vfmanager/host_check.h"

namespace railhook {

// Of all SpiderMultusConfigs in `path` that set one. Errors are those of ReadObjectFiles.
Result<std::vector<WantedMtu>> ReadNetworkMtus(const std::string& path);

}  // namespace railhook

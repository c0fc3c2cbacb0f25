#pragma once
// Remembers what device plugins were told last, across restarts of this program.

#include "base/result.h"
#include "policy/merge.h"
#include "vfmanager/host_paths.h"

namespace railhook {

// Nothing where there is no file yet. Of PFs only what device plugins need is there: their
// addresses, names, groups and policies.
Result<DesiredNode> ReadOffered(const HostPaths& paths);
Result<> WriteOffered(const HostPaths& paths, const DesiredNode& offered);

}  // namespace railhook

#pragma once
// A host's state as JSON for programs.

#include "base/json.h"
#include "vfmanager/host_state.h"

namespace railhook {

// What isn't known is null.
OrderedJson HostJson(const HostState& host);

}  // namespace railhook

#pragma once
// The nodes of a cluster and what their pods take.

#include <string_view>
#include <vector>

#include "base/result.h"
#include "explain/node.h"
#include "k8sclient/client.h"

namespace railhook {

// All nodes, with what pods on them request that have not ended. The pod with the given uid is left
// out, so that its own place counts as free. Errors are those of ListEach.
Result<std::vector<Node>> ListNodes(const KubeClient& client, std::string_view without_uid);

}  // namespace railhook

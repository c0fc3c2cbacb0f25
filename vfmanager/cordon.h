#pragma once
// Keeps new pods off a node, and remembers on the Node that it did.

#include <string>

#include "base/result.h"
#include "k8sclient/client.h"

namespace railhook {

// Marks the node unschedulable, and as ours. Where somebody else has marked it meanwhile it stays
// as it is: theirs. kConflict where the Node changed at that moment.
Result<> Cordon(const KubeClient& client, const std::string& node);

// Undoes our own cordon; leaves the node alone where it isn't marked as ours.
Result<> Uncordon(const KubeClient& client, const std::string& node);

}  // namespace railhook

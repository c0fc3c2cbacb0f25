#pragma once
// What is wrong with the networks of a cluster, for people.

#include <map>
#include <memory>
#include <string>

#include "base/result.h"
#include "k8sclient/client.h"

namespace railhook {

struct Ipam;

// By the "namespace/name" of a SpiderMultusConfig that makes a network: that the network is
// missing, or is somebody else's. Where railhook keeps networks (`kept` is how it does, else null),
// also that it differs from what it should be. A kind that the server doesn't have counts as none
// of it. Errors are those of ListEach.
Result<std::map<std::string, std::string>> FindNetworkFaults(const KubeClient& client,
                                                             std::shared_ptr<const Ipam> kept);

}  // namespace railhook

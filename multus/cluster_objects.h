#pragma once
// Rails from a cluster: what a directory may hold, listed from an API server.

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "k8sclient/client.h"
#include "multus/rail_index.h"

namespace railhook {

// The rail of one listed or watched object. What keeps it from serving stands in its problems;
// kInvalid, with the object's name, only where not even its metadata can be read.
Result<Rail> ReadRail(RailSource source, const nlohmann::json& object);

// Adds all rails of a source to `rails`, those of `known` that are as before. A kind that the
// server doesn't have counts as none of it, an object that can't be read is left out: `note` is
// told, one line each, for people. Errors are those of ListEach.
Result<> ListRails(const KubeClient& client, RailSource source, const RailIndex& known,
                   std::vector<SharedRail>& rails, const std::function<void(std::string)>& note);

struct ClusterListing {
  ClusterObjects objects;
  std::vector<std::string> notes;  // what is not known, and why: one line each, for people
};

// All SpiderMultusConfigs, NetworkAttachmentDefinitions, Namespaces and SpiderIPPools. A kind that
// the server doesn't have counts as none of it, an object that can't be read is left out, and
// SpiderIPPools may be out of reach, as they serve warnings only: notes say so. Errors are those of
// ListEach.
Result<ClusterListing> ListClusterObjects(const KubeClient& client);

}  // namespace railhook

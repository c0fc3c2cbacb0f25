#pragma once
// SriovNetworkNodePolicies and SriovNetworkPoolConfigs from files, as people keep them in a
// repository or a node has them at boot.

#include <string>
#include <vector>

#include "base/result.h"
#include "k8sclient/finding.h"
#include "policy/node_policy.h"
#include "policy/pool_config.h"

namespace railhook {

// Something wrong with an object of a file.
struct PolicyFinding {
  std::string place;   // "policies.yaml:12"
  std::string object;  // "SriovNetworkNodePolicy spiderpool/gpu1"
  Finding finding;
  bool contradiction = false;  // with an object before it; each by itself is right
};

struct PolicyFiles {
  std::vector<NodePolicy> policies;  // those without an error
  std::vector<PoolConfig> pools;
  std::vector<PolicyFinding> findings;  // by their place in each file
  std::vector<Error> unreadable;        // files, with their names
};

// All of the .yaml, .yml and .json files directly in `path`, or of the one file that it is; objects
// of other kinds are skipped, but for those whose kind or apiVersion is close. Findings are those
// on each object, an object that is there twice, and contradictions between objects. kNotFound
// where there is no such path.
Result<PolicyFiles> CheckPolicyFiles(const std::string& path);

// The same where nothing is wrong but for warnings and contradictions, as these concern only the
// nodes and PFs where they meet; else kInvalid is the first error, with its place.
Result<PolicyFiles> ReadPolicyFiles(const std::string& path);

}  // namespace railhook

#include "cli/vfmanager/wanted_here.h"

#include <algorithm>

#include "cli/vfmanager/node_labels.h"
#include "cli/vfmanager/policy_files.h"

namespace railhook {
namespace {

// The first label that a policy wants of a node and isn't among `labels`, or "".
std::string LackedLabel(const NodePolicy& policy, const StringMap& labels) {
  const auto& wanted = policy.node_selector;
  const auto lacked = std::find_if(wanted.begin(), wanted.end(), [&](const auto& label) {
    const auto found = labels.find(label.first);
    return found == labels.end() || found->second != label.second;
  });
  return lacked == wanted.end() ? "" : lacked->first + '=' + lacked->second;
}

}  // namespace

Result<WantedHere> ReadWanted(const std::string& path, const std::string& node_labels,
                              const std::vector<Nic>& nics) {
  const StringMap labels = TRY(NodeLabels(node_labels));
  const PolicyFiles files = TRY(ReadPolicyFiles(path));
  const PoolConfig* pool = TRY(PoolOf(labels, files.pools));
  WantedHere wanted;
  wanted.node = MergePolicies(files.policies, labels, nics);
  if (pool != nullptr) wanted.rdma_mode = pool->rdma_mode;
  for (const NodePolicy& policy : files.policies) {
    const std::string lacked = LackedLabel(policy, labels);
    if (lacked.empty())
      wanted.none_is_ours = false;
    else
      wanted.node.notes.push_back("policy " + policy.name + " is for nodes with the label " +
                                  lacked + ", which this one lacks: --node-labels adds labels");
  }
  return wanted;
}

}  // namespace railhook

#pragma once
// The SriovNetworkNodePolicies of a cluster, kept in step with it.

#include <memory>
#include <optional>
#include <vector>

#include "k8sclient/transport.h"
#include "k8sclient/watch/reflector.h"
#include "policy/node_policy.h"

namespace railhook {

// Watches them, those of all namespaces. Safe to use from any thread.
class ClusterPolicies {
 public:
  // Starts watching. `transport` must outlive it.
  explicit ClusterPolicies(Transport& transport);
  ~ClusterPolicies();

  // Those without an error; none until the first list is complete, no policies where the cluster
  // doesn't have the resource.
  std::optional<std::vector<NodePolicy>> Current() const;

  // How the watching goes.
  Reflector::Status status() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace railhook

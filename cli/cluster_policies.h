#pragma once
// The SriovNetworkNodePolicies and SriovNetworkPoolConfigs of a cluster, kept in step with it.

#include <memory>
#include <optional>
#include <vector>

#include "k8sclient/transport.h"
#include "k8sclient/watch/reflector.h"
#include "policy/node_policy.h"
#include "policy/pool_config.h"

namespace railhook {

struct SriovObjects {
  std::vector<NodePolicy> policies;
  std::vector<PoolConfig> pools;
};

// Watches them, those of all namespaces. Safe to use from any thread.
class ClusterPolicies {
 public:
  // Starts watching. `transport` must outlive it.
  explicit ClusterPolicies(Transport& transport);
  ~ClusterPolicies();

  // Those without an error; none until the first lists are complete. A resource that the cluster
  // doesn't have has no objects.
  std::optional<SriovObjects> Current() const;

  // How the watching of each goes.
  Reflector::Status policy_status() const;
  Reflector::Status pool_status() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace railhook

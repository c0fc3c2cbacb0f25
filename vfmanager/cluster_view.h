#pragma once
// What the cluster says about one node's virtual functions, kept up to date.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "k8sclient/object.h"
#include "k8sclient/transport.h"
#include "policy/node_policy.h"
#include "policy/pool_config.h"

namespace railhook {

inline constexpr std::string_view kCordonAnnotation = "vfmanager.railhook.io/cordoned";

// A policy or a pool, or why it can't be read.
template <typename T>
struct KnownObject {
  std::string name;
  std::optional<T> value;
  std::string error;  // "" where there is a value
  std::string text;   // the object as JSON, without what API servers add
  bool operator==(const KnownObject&) const = default;
};
using KnownPolicy = KnownObject<NodePolicy>;
using KnownPool = KnownObject<PoolConfig>;

// The node itself.
struct KnownNode {
  std::string uid;
  StringMap labels;
  bool unschedulable = false;
  bool cordoned_by_us = false;
  bool operator==(const KnownNode&) const = default;
};

// Its SriovNetworkNodeState.
struct KnownNodeState {
  std::string uid;
  bool has_spec = false;  // which only another operator writes
  StringMap annotations;
  std::string status;  // as JSON
  bool operator==(const KnownNodeState&) const = default;
};

struct ClusterPicture {
  std::string unknown;  // why what is wanted isn't known; "" where all below counts
  std::vector<KnownPolicy> policies;
  std::vector<KnownPool> pools;
  KnownNode node;
  std::optional<KnownNodeState> state;
  std::vector<std::string> foreign_daemons;  // pods of another operator on this node
};

// Watches SriovNetworkNodePolicies, SriovNetworkPoolConfigs and the node's SriovNetworkNodeState in
// one namespace, the Node, and the pods of sriov-network-config-daemon on it. While the API server
// is away what it said last counts. Needs list and watch of all of these.
class ClusterView {
 public:
  // Starts. `changed` is called on threads of its own when anything has changed; `transport` must
  // outlive it.
  ClusterView(Transport& transport, const std::string& name_space, const std::string& node,
              std::function<void()> changed);
  ~ClusterView();

  // Safe to call from any thread.
  ClusterPicture Picture() const;

  // What can't be read just now, and why; "" where all is well. Safe to call from any thread.
  std::string trouble() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace railhook

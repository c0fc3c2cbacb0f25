#pragma once
// Which nodes could run a pod, and what the others lack. Pure.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "explain/node.h"
#include "explain/pod_needs.h"

namespace railhook {

// One thing for which a node can't run a pod.
struct Lack {
  enum class Kind {
    kOtherNode,      // the pod names another node
    kUnschedulable,  // cordoned
    kSelector,       // a label that the pod's nodeSelector asks for
    kTaint,          // NoSchedule or NoExecute, not tolerated
    kNotOffered,     // a resource of which it has none at all
    kNotFree,        // a resource of which not enough is left
  };
  Kind kind;
  std::string what;  // label, taint or resource
  std::int64_t free = 0;
  std::int64_t allocatable = 0;

  // "spidernet.io/gpu3sriov: 0 free of 8".
  std::string Text() const;
};

struct NodeVerdict {
  const Node* node;
  std::vector<Lack> lacks;  // none: it could run the pod
};

// Nodes that lack the same.
struct LackGroup {
  std::vector<std::string> lacks;  // as texts; where nodes differ in numbers, "at most 3 free"
  std::vector<std::string> nodes;
};

// How a resource that the pod asks for stands over all nodes.
struct ResourceSupply {
  std::string resource;
  std::int64_t asked = 0;
  std::size_t offering = 0;  // nodes that have it at all
  std::size_t enough = 0;    // nodes that have as much left as is asked for
  std::int64_t free = 0;     // over all nodes
  std::int64_t allocatable = 0;
};

struct NodeFit {
  std::vector<NodeVerdict> verdicts;     // in the order of names, digits as numbers
  std::vector<ResourceSupply> supplies;  // of all resources that the pod asks for
  std::vector<std::string> not_judged;   // what was not looked at: "affinity", ...

  // The names of the nodes that could run the pod.
  std::vector<std::string> Fitting() const;
  // The resources that no node offers.
  std::vector<std::string> Unoffered() const;
  // The nodes that couldn't, those that lack least first.
  std::vector<LackGroup> Groups() const;
};

// `nodes` must outlive the result.
NodeFit FitNodes(const PodNeeds& pod, const std::vector<Node>& nodes);

}  // namespace railhook

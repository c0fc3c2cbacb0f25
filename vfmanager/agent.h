#pragma once
// Keeps a node's virtual functions as the cluster's policies want them.

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "k8sclient/client.h"
#include "k8sclient/transport.h"
#include "vfmanager/host_paths.h"
#include "vfmanager/netlink.h"
#include "vfmanager/node_report.h"
#include "vfmanager/vf_offer.h"

namespace railhook {

// What people should know: an Event's reason, one word, and its text; "" where there is nothing.
struct Notice {
  std::string reason;
  std::string text;
};

// Called after each look at a host whose VFs are the agent's, on its thread. An error is told until
// a later call has none.
using AfterLook = std::function<Result<Notice>(const KubeClient&, const VfOffer&)>;

struct AgentOptions {
  std::string node;
  std::string name_space;                        // of policies, pools, NodeStates and Leases
  std::string resource_prefix = "spidernet.io";  // of what device plugins offer
  bool take_over = false;                        // whatever other operator there is
  HostPaths paths;
  std::function<std::unique_ptr<Netlink>()> netlink = KernelNetlink;
  AfterLook after_look = [](auto&&...) { return Notice(); };
  std::chrono::milliseconds poll{30'000};  // between looks at the host where nothing is heard
};

struct AgentStatus {
  NodeReport report;
  int pfs = 0;
  int vfs = 0;
  long looks = 0;
  long applies = 0;
  long failed_applies = 0;
  long evictions = 0;
  std::string trouble;  // why what is known or told may be old; "" where all is well
};

// One thread that looks, does the next thing (agent_step.h), tells, and looks again: when something
// changes in the cluster or on a NIC, and each `poll` at the latest. While the API server is away
// the node keeps its VFs, and what is known to be wanted is kept up without it as long as no pod
// has to leave.
//
// Needs what ClusterView needs, and: get and patch of Nodes, list of Nodes and pods, create of
// pods/eviction; create and patch of SriovNetworkNodeStates and patch of their status; create and
// patch of Events, list, create and update of Leases, in its namespace.
class Agent {
 public:
  // Starts. `transport` must outlive it.
  Agent(Transport& transport, AgentOptions options);

  // Ends between two steps, and leaves slot and cordon as they are: the next one goes on.
  ~Agent();

  // Safe to call from any thread.
  AgentStatus status() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace railhook

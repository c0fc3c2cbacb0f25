#pragma once
// What on a host would keep RDMA from working, or from working well. Pure.

#include <optional>
#include <string>
#include <vector>

#include "k8sclient/finding.h"
#include "policy/merge.h"
#include "policy/pool_config.h"
#include "vfmanager/host_setup.h"

namespace railhook {

// An MTU that a network gives to pods, as a SpiderMultusConfig says.
struct WantedMtu {
  std::string object;                // "SpiderMultusConfig spiderpool/gpu1"
  std::string resource;              // without its prefix, "" where it has none
  std::vector<std::string> masters;  // netdevs
  int mtu = 0;

  bool operator==(const WantedMtu&) const = default;
};

struct HostWishes {
  std::optional<DesiredNode> node;    // none: it isn't known what policies want
  std::optional<RdmaMode> rdma_mode;  // of the node's pool
  std::vector<WantedMtu> mtus;
};

struct HostFinding {
  Severity severity;
  std::string check;    // its name: "link-type", ...
  std::string subject;  // what it is about: "ens1 (0000:01:00.0)", "RDMA devices", ...
  std::string text;     // what is wrong
  std::string why;      // why it matters
  std::string command;  // what mends it, for a shell; several have a line each

  bool operator==(const HostFinding&) const = default;
};

// In the order of the PFs, what is about none of them last. Without policies, the PFs that have an
// RDMA device are taken for rails.
std::vector<HostFinding> CheckHost(const HostSetup& setup, const HostWishes& wishes);

}  // namespace railhook

#include "cli/vfmanager/planned.h"

#include <CLI/CLI.hpp>

#include "cli/vfmanager/host_options.h"
#include "cli/vfmanager/node_labels.h"
#include "cli/vfmanager/policy_files.h"
#include "vfmanager/observe.h"
#include "vfmanager/rdma_mode.h"

namespace railhook {
namespace {

Result<std::optional<RdmaMode>> WantedRdmaMode(const StringMap& labels,
                                               const std::vector<PoolConfig>& pools) {
  const PoolConfig* pool = TRY(PoolOf(labels, pools));
  return pool == nullptr ? std::nullopt : pool->rdma_mode;
}

}  // namespace

void AddPlanSources(CLI::App& command, PlanSources& sources) {
  AddNodeLabels(command, sources.node_labels);
  command.add_option("--guids", sources.host.guids, "Static GUIDs of InfiniBand VFs")
      ->type_name("FILE")
      ->capture_default_str();
  AddHostOptions(command, sources.host);
}

Result<Plan> PlanOfThisMachine(const PlanSources& sources) {
  const StringMap labels = TRY(NodeLabels(sources.node_labels));
  const PolicyFiles files = TRY(ReadPolicyFiles(sources.policies));
  const auto rdma_mode = TRY(WantedRdmaMode(labels, files.pools));
  const auto identities = ReadIdentities(sources.host.guids);
  const auto netlink = KernelNetlink();
  const HostState host = TRY(Observe(sources.host, *netlink));
  const auto owned = ReadOwned(sources.host);
  const RdmaMode at_boot = ReadRdmaModeAtBoot(sources.host).mode;
  const DesiredNode desired = MergePolicies(files.policies, labels, host.Nics());
  return MakePlan({desired, rdma_mode, at_boot, host, owned, identities});
}

}  // namespace railhook

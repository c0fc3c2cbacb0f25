#include "cli/vfmanager/planned.h"

#include <CLI/CLI.hpp>

#include "cli/vfmanager/host_options.h"
#include "cli/vfmanager/node_labels.h"
#include "cli/vfmanager/policy_files.h"
#include "vfmanager/observe.h"
#include "vfmanager/rdma_mode.h"

namespace railhook {
namespace {

Result<StringMap> LabelsOf(const PlanSources& sources) {
  StringMap labels = TRY(ParseLabels(sources.node_labels));
  labels.merge(KubeletLabels());
  return labels;
}

Result<std::optional<RdmaMode>> WantedRdmaMode(const StringMap& labels,
                                               const std::vector<PoolConfig>& pools) {
  const PoolConfig* pool = TRY(PoolOf(labels, pools));
  return pool == nullptr ? std::nullopt : pool->rdma_mode;
}

}  // namespace

void AddPlanSources(CLI::App& command, PlanSources& sources) {
  command
      .add_option("--node-labels", sources.node_labels,
                  "The node's labels, beside kubernetes.io/os, arch and hostname")
      ->type_name("KEY=VALUE,...");
  command.add_option("--guids", sources.host.guids, "Static GUIDs of InfiniBand VFs")
      ->type_name("FILE")
      ->capture_default_str();
  AddHostOptions(command, sources.host);
}

Result<Plan> PlanOfThisMachine(const PlanSources& sources) {
  const StringMap labels = TRY(LabelsOf(sources));
  const PolicyFiles files = TRY(ReadPolicyFiles(sources.policies));
  const auto rdma_mode = TRY(WantedRdmaMode(labels, files.pools));
  const Identities identities = TRY(ReadIdentities(sources.host.guids));
  const auto netlink = KernelNetlink();
  const HostState host = TRY(Observe(sources.host, *netlink));
  const auto owned = TRY(ReadOwned(sources.host));
  const auto persisted = TRY(PersistedRdmaMode(sources.host));
  const DesiredNode desired = MergePolicies(files.policies, labels, host.Nics());
  return MakePlan({desired, rdma_mode, persisted, host, owned, identities});
}

}  // namespace railhook

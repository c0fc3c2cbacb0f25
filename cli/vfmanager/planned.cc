#include "cli/vfmanager/planned.h"

#include <CLI/CLI.hpp>

#include "base/text.h"
#include "cli/vfmanager/host_options.h"
#include "cli/vfmanager/node_labels.h"
#include "cli/vfmanager/wanted_here.h"
#include "vfmanager/observe.h"
#include "vfmanager/plan_parts.h"
#include "vfmanager/rdma_mode.h"

namespace railhook {
namespace {

// That no policy is for this machine is rather a mistake than a wish, and pods would lose their
// VFs.
Result<> RefuseToEmpty(Plan& plan, const WantedHere& wanted, const PlanSources& sources) {
  if (!wanted.none_is_ours || !sources.saved.empty()) return {};
  const auto& notes = wanted.node.notes;
  const std::string why =
      notes.empty() ? sources.policies + " holds no SriovNetworkNodePolicy" : notes.front();
  if (TakesVfsAway(plan))
    return Fail(ErrorCode::kInvalid, why +
                                         "; nothing is removed for that: where this machine's VFs "
                                         "shall go, write a policy with numVfs: 0 and "
                                         "nicSelector: {}");
  if (notes.empty()) plan.notes.push_back(why);
  return {};
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
  const auto identities = ReadIdentities(sources.host.guids);
  const auto netlink = KernelNetlink();
  const HostState host = TRY(Observe(sources.host, *netlink));
  const auto owned = ReadOwned(sources.host);
  const RdmaMode at_boot = ReadRdmaModeAtBoot(sources.host).mode;
  const WantedHere wanted =
      TRY(ReadWanted(Or(sources.saved, sources.policies), sources.node_labels, host.Nics()));
  Plan plan = MakePlan({wanted.node, wanted.rdma_mode, at_boot, host, owned, identities});
  TRY(RefuseToEmpty(plan, wanted, sources));
  return plan;
}

}  // namespace railhook

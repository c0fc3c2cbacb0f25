#include "vfmanager/apply.h"

#include <algorithm>
#include <mutex>
#include <thread>

#include "vfmanager/hint.h"
#include "vfmanager/host_lock.h"
#include "vfmanager/pf_work.h"
#include "vfmanager/rdma_mode.h"

namespace railhook {
namespace {

ApplyReport Untouched(const Plan& plan) {
  ApplyReport report;
  for (const PfPlan& pf : plan.pfs) report.pfs.push_back({pf.address, pf.name, 0, 0, {}});
  return report;
}

void SetRdmaMode(RdmaMode mode, const HostPaths& paths, Netlink& netlink, ApplyReport& report) {
  const auto changed = ChangeRdmaMode(mode, paths, netlink);
  if (changed) {
    report.reboot_needed = changed->reboot_needed;
    report.writes += changed->writes;
    return;
  }
  const std::string& text = changed.error().message;
  report.rdma_mode = StepFailure{{StepKind::kSetRdmaMode, -1, std::string(TextOf(mode)), ""},
                                 text,
                                 HintFor(StepKind::kSetRdmaMode, text)};
}

void ApplyToPfs(const Plan& plan, const HostPaths& paths,
                const std::function<std::unique_ptr<Netlink>()>& netlink, const OnStep& on_step,
                const std::stop_token& stop, ApplyReport& report) {
  std::mutex one_at_a_time;
  const OnStep tell = [&](const PfPlan& pf, const Step& step) {
    const std::scoped_lock lock(one_at_a_time);
    on_step(pf, step);
  };
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < plan.pfs.size(); ++i) {
    if (plan.pfs[i].steps.empty()) continue;
    threads.emplace_back(
        [&, i] { report.pfs[i] = PfWork(plan.pfs[i], paths, netlink(), tell, stop).Run(); });
  }
}

}  // namespace

bool ApplyReport::ok() const {
  return !rdma_mode && std::all_of(pfs.begin(), pfs.end(),
                                   [](const PfOutcome& pf) { return pf.failures.empty(); });
}

Result<ApplyReport> Apply(const Plan& plan, const HostPaths& paths,
                          const std::function<std::unique_ptr<Netlink>()>& netlink,
                          const OnStep& on_step, std::stop_token stop) {
  ApplyReport report = Untouched(plan);
  if (plan.nothing_to_do()) return report;
  const HostLock lock = TRY(HostLock::Take(paths));
  if (plan.rdma_mode) SetRdmaMode(*plan.rdma_mode, paths, *netlink(), report);
  ApplyToPfs(plan, paths, netlink, on_step, stop, report);
  for (const PfOutcome& pf : report.pfs) report.writes += pf.writes;
  return report;
}

}  // namespace railhook

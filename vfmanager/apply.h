#pragma once
// Carries out a plan.

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "vfmanager/host_paths.h"
#include "vfmanager/netlink.h"
#include "vfmanager/plan.h"

namespace railhook {

struct StepFailure {
  Step step;
  std::string text;  // what failed, with path and errno: "writing 7 to /sys/...: EIO (...)"
  std::string hint;  // what to do about it, or ""
};

struct PfOutcome {
  std::string address;
  std::string name;
  int steps_done = 0;
  int writes = 0;  // to sysfs, netlink and our own files, also those that failed
  std::vector<StepFailure> failures;
};

// Why a reboot is needed, for people.
inline constexpr std::string_view kWhyReboot =
    "the RDMA mode can't change while there are other network namespaces (EBUSY), as those of "
    "pods: it will be right after the next start of the node";

struct ApplyReport {
  std::vector<PfOutcome> pfs;  // as in the plan
  std::optional<StepFailure> rdma_mode;
  bool reboot_needed = false;  // see kWhyReboot
  int writes = 0;              // all

  bool ok() const;
};

// Called before each step, from the threads of the PFs, one at a time.
using OnStep = std::function<void(const PfPlan& pf, const Step& step)>;

// PFs side by side, the steps of each in order. A step of the PF itself that fails ends its PF's,
// one of a VF ends that VF's; kResumeProbing is done always; other VFs and PFs go on. A request of
// `stop` ends it between two steps. What isn't as it was when the plan was made any more is left
// alone, and is a failure that says so. Bounded in time: a write that the kernel doesn't come back
// from is given up after ten minutes, the wait for drivers after half a minute for each PF.
// One such call at a time on a host: a lock file in paths.state sees to it (kConflict). A plan with
// nothing to do touches nothing.
Result<ApplyReport> Apply(const Plan& plan, const HostPaths& paths,
                          const std::function<std::unique_ptr<Netlink>()>& netlink,
                          const OnStep& on_step, std::stop_token stop);

}  // namespace railhook

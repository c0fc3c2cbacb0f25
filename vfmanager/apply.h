#pragma once
// Carries out a plan.

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
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
  std::optional<StepFailure> failure;
};

struct ApplyReport {
  std::vector<PfOutcome> pfs;  // as in the plan
  std::optional<StepFailure> rdma_mode;
  bool reboot_needed = false;  // for the RDMA mode

  bool ok() const;
};

// PFs side by side, the steps of each in order. A step that fails ends its PF's, but for
// kResumeProbing, which is done always; other PFs go on. A request of `stop` ends it between two
// steps. One such call at a time on a host: a lock file in paths.state sees to it (kConflict).
Result<ApplyReport> Apply(const Plan& plan, const HostPaths& paths,
                          const std::function<std::unique_ptr<Netlink>()>& netlink,
                          const std::function<void(const std::string& pf, const Step&)>& on_step,
                          std::stop_token stop);

}  // namespace railhook

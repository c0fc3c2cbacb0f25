#pragma once
// VFs that somebody else is about to bind. A CNI plugin that gives a VF to a pod (ib-sriov-cni)
// takes its driver away and binds it again; who binds it in between makes the plugin fail, and the
// pod with it.

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "vfmanager/host_state.h"

namespace railhook {

// Not thread-safe.
class DriverWatch {
 public:
  using Clock = std::chrono::steady_clock;

  // Longer than NICs take to let a VF go and come back.
  static constexpr std::chrono::seconds kPatience{10};

  // Addresses of VFs that were seen with a driver, and have had none for less than kPatience. Where
  // sriov_drivers_autoprobe is off nobody else can bind them, so there are none.
  std::set<std::string> JustUnbound(const HostState& host, Clock::time_point now);

  // What its VFs lack now isn't somebody else's doing.
  void Forget(const PhysicalFunction& pf);

 private:
  // By address: since when it has no driver, or nothing while it has one.
  std::map<std::string, std::optional<Clock::time_point>> seen_;
};

}  // namespace railhook

#include "vfmanager/driver_watch.h"

#include <utility>

namespace railhook {

std::set<std::string> DriverWatch::JustUnbound(const HostState& host, Clock::time_point now) {
  const auto before = std::exchange(seen_, {});
  std::set<std::string> just_unbound;
  for (const PhysicalFunction& pf : host.pfs) {
    for (const VirtualFunction& vf : pf.vfs) {
      const auto known = before.find(vf.address);
      const bool counts = pf.probes_vfs && known != before.end();
      if (!vf.driver.empty()) seen_[vf.address] = std::nullopt;
      if (!vf.driver.empty() || !counts) continue;
      const auto since = seen_[vf.address] = known->second.value_or(now);
      if (now - *since < kPatience) just_unbound.insert(vf.address);
    }
  }
  return just_unbound;
}

void DriverWatch::Forget(const PhysicalFunction& pf) {
  for (const VirtualFunction& vf : pf.vfs) seen_.erase(vf.address);
}

}  // namespace railhook

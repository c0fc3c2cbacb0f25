#include "vfmanager/vf_offer.h"

#include <algorithm>
#include <utility>

#include "base/contains.h"

namespace railhook {
namespace {

bool IsDoubtful(const VirtualFunction& vf, const VfHolders& holders, const std::string& resource) {
  const auto [first, last] = holders.equal_range(vf.address);
  return std::any_of(first, last, [&](const auto& held) {
    return vf.driver.empty() || held.second.resource != resource;
  });
}

bool IsUndecided(const DesiredPf& before, const DesiredNode& now,
                 const std::vector<std::string>& unreadable) {
  return now.refused.contains(before.address) ||
         std::ranges::any_of(before.policies, [&](const std::string& policy) {
           return Contains(unreadable, policy);
         });
}

}  // namespace

DesiredNode StillOffered(const DesiredNode& before, DesiredNode now,
                         const std::vector<std::string>& unreadable) {
  for (const DesiredPf& pf : before.pfs) {
    if (!IsUndecided(pf, now, unreadable)) continue;
    std::erase_if(now.pfs, [&](const DesiredPf& other) { return other.address == pf.address; });
    now.pfs.push_back(pf);
  }
  std::ranges::sort(now.pfs, {}, &DesiredPf::address);
  return now;
}

VfHolders HoldersIn(const DeviceAllocations& allocations) {
  VfHolders holders;
  for (const auto& [uid, resources] : allocations.pods) {
    for (const auto& [resource, devices] : resources)
      for (const std::string& device : devices) holders.emplace(device, VfHolder{uid, resource});
  }
  return holders;
}

VfHolders StillThere(const VfHolders& holders, const std::vector<NodePod>& pods) {
  VfHolders there;
  for (const auto& [address, holder] : holders) {
    const auto pod = std::ranges::find(pods, holder.pod, &NodePod::uid);
    if (pod != pods.end() && !pod->finished)
      there.emplace(address, VfHolder{pod->Id(), holder.resource});
  }
  return there;
}

bool HoldersMatter(const VfOffer& offer, const std::string& prefix) {
  return std::ranges::any_of(offer.desired.pfs, [&](const DesiredPf& desired) {
    const PhysicalFunction* pf = offer.host.Find(desired.address);
    return pf != nullptr && std::ranges::any_of(pf->vfs, [&](const VirtualFunction& vf) {
             const VfGroup* group = desired.GroupOf(vf.index);
             return group != nullptr &&
                    IsDoubtful(vf, offer.holders, prefix + '/' + group->resource_name);
           });
  });
}

}  // namespace railhook

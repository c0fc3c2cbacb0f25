#include "policy/merge.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "base/contains.h"
#include "base/text.h"
#include "policy/label_selector.h"

namespace railhook {
namespace {

// VFs of one PF that a policy names.
struct Claim {
  const NodePolicy* policy;
  VfSet vfs;
};

VfSet AllVfs(const NodePolicy& policy) {
  if (policy.num_vfs < 1) return {};
  return {{0, policy.num_vfs - 1}};
}

// Those of the PF that `is_it` knows by its name; all where the policy names no PF.
template <typename IsIt>
VfSet NamedVfs(const NodePolicy& policy, const IsIt& is_it) {
  const VfSet all = AllVfs(policy);
  if (policy.nics.pf_names.empty()) return all;
  std::vector<VfRange> named;
  for (const PfName& pf : policy.nics.pf_names) {
    if (!is_it(pf.name)) continue;
    if (pf.vfs)
      named.push_back(*pf.vfs);
    else
      named.insert(named.end(), all.begin(), all.end());
  }
  return Common(Joined(std::move(named)), all);
}

// None where the policy doesn't choose the NIC.
VfSet ClaimOf(const NodePolicy& policy, const Nic& nic) {
  const NicSelector& wanted = policy.nics;
  const bool fits = !wanted.empty() && (wanted.vendor.empty() || wanted.vendor == nic.vendor) &&
                    (wanted.device_id.empty() || wanted.device_id == nic.device_id) &&
                    (wanted.root_devices.empty() || Contains(wanted.root_devices, nic.address));
  if (!fits) return {};
  return NamedVfs(policy, [&](const std::string& name) {
    return name == nic.name || Contains(nic.alt_names, name);
  });
}

bool IsStronger(const NodePolicy* a, const NodePolicy* b) {
  return std::tie(a->priority, a->name, a->name_space) <
         std::tie(b->priority, b->name, b->name_space);
}

// "policies a and b", with their namespaces where these alone tell them apart.
std::string NamesOf(const NodePolicy& a, const NodePolicy& b) {
  const bool alike = a.name == b.name;
  const auto name = [&](const NodePolicy& policy) {
    return alike ? policy.name_space + '/' + policy.name : policy.name;
  };
  return "policies " + name(a) + " and " + name(b);
}

// What two policies of one priority contradict each other in on a PF that people call `pf`; ""
// where they don't.
std::string Contradiction(const Claim& a, const Claim& b, const std::string& pf) {
  const NodePolicy &one = *a.policy, &other = *b.policy;
  if (one.priority != other.priority) return "";
  const std::string both =
      NamesOf(one, other) + ", both of priority " + std::to_string(one.priority) + ", ";
  if (const VfSet twice = Common(a.vfs, b.vfs); !twice.empty())
    return both + "name " + TextOf(twice) + " of " + pf +
           ": give one of them other VFs (pfNames: [NAME#FIRST-LAST]) or another priority";
  if (one.externally_managed != other.externally_managed)
    return both + "differ in externallyManaged for " + pf + ": write the same in both";
  if (one.link_type && other.link_type && one.link_type != other.link_type)
    return both + "differ in linkType for " + pf + ": write the same in both";
  return "";
}

std::string ContradictionAmong(const std::vector<Claim>& claims, const std::string& pf) {
  for (std::size_t i = 0; i < claims.size(); ++i) {
    for (std::size_t j = i + 1; j < claims.size(); ++j) {
      std::string found = Contradiction(claims[i], claims[j], pf);
      if (!found.empty()) return found;
    }
  }
  return "";
}

VfGroup GroupFor(const NodePolicy& policy, const VfRange& vfs) {
  VfGroup group;
  group.vfs = vfs;
  group.policy = policy.name;
  group.resource_name = policy.resource_name;
  group.device_type = policy.device_type;
  group.mtu = policy.mtu;
  group.is_rdma = policy.is_rdma;
  group.exclude_topology = policy.exclude_topology;
  return group;
}

// Gives the VFs of one PF to the policies that name them, the strongest first.
class PfMerger {
 public:
  PfMerger(const Nic& nic, std::vector<std::string>& notes) : nic_(nic), notes_(notes) {
    pf_.address = nic.address;
    pf_.name = nic.name;
  }

  void Add(const Claim& claim) {
    const NodePolicy& policy = *claim.policy;
    SetPfFields(policy);
    const VfSet lost = Common(claim.vfs, taken_);
    if (!lost.empty()) Note(policy, TextOf(lost) + " of " + PfText() + " go to a stronger policy");
    for (const VfRange& vfs : Without(claim.vfs, taken_)) AddGroup(policy, vfs);
    std::vector<VfRange> all = taken_;
    all.insert(all.end(), claim.vfs.begin(), claim.vfs.end());
    taken_ = Joined(std::move(all));
  }

  DesiredPf Take() && {
    std::sort(pf_.groups.begin(), pf_.groups.end(),
              [](const VfGroup& a, const VfGroup& b) { return a.vfs < b.vfs; });
    return std::move(pf_);
  }

 private:
  std::string PfText() const { return Or(nic_.name, nic_.address); }

  // Of those that hold for a PF as a whole the strongest policy's count, but for the number of VFs.
  void SetPfFields(const NodePolicy& policy) {
    if (pf_.policies.empty())
      pf_.externally_managed = policy.externally_managed;
    else if (pf_.externally_managed != policy.externally_managed)
      Note(policy, "externallyManaged of " + PfText() + " is said by a stronger policy");
    if (!pf_.link_type)
      pf_.link_type = policy.link_type;
    else if (policy.link_type && policy.link_type != pf_.link_type)
      Note(policy, "linkType of " + PfText() + " is said by a stronger policy");
    pf_.num_vfs = std::max(pf_.num_vfs, policy.num_vfs);
    pf_.policies.push_back(policy.name);
  }

  void AddGroup(const NodePolicy& policy, const VfRange& vfs) {
    pf_.groups.push_back(GroupFor(policy, vfs));
    if (policy.mtu) pf_.mtu = std::max(pf_.mtu.value_or(0), *policy.mtu);
  }

  void Note(const NodePolicy& policy, const std::string& text) {
    notes_.push_back("policy " + policy.name + ": " + text);
  }

  const Nic& nic_;
  std::vector<std::string>& notes_;
  DesiredPf pf_;
  VfSet taken_;
};

std::vector<const NodePolicy*> Sorted(const std::vector<NodePolicy>& policies,
                                      const StringMap& node_labels) {
  std::vector<const NodePolicy*> sorted;
  for (const NodePolicy& policy : policies) {
    if (LabelSelector{policy.node_selector, {}}.Fits(node_labels)) sorted.push_back(&policy);
  }
  std::sort(sorted.begin(), sorted.end(), IsStronger);
  return sorted;
}

std::vector<Claim> ClaimsOn(const Nic& nic, const std::vector<const NodePolicy*>& policies) {
  std::vector<Claim> claims;
  for (const NodePolicy* policy : policies) {
    VfSet vfs = ClaimOf(*policy, nic);
    if (!vfs.empty()) claims.push_back({policy, std::move(vfs)});
  }
  return claims;
}

std::string NamesOf(const std::vector<Nic>& nics) {
  std::vector<std::string> names;
  for (const Nic& nic : nics) names.push_back(Or(nic.name, nic.address));
  return names.empty() ? "none" : Join(names, ", ");
}

// What VFs of one resource must have in common, as a pod may get any of them; "" where they do.
template <typename A, typename B>
std::string_view DifferenceOf(const A& a, const B& b) {
  if (a.device_type != b.device_type) return "deviceType";
  if (a.is_rdma != b.is_rdma) return "isRdma";
  return a.exclude_topology != b.exclude_topology ? "excludeTopology" : "";
}

template <typename A, typename B>
std::string MixedResource(const A& a, const std::string& a_name, const B& b,
                          const std::string& b_name) {
  const std::string_view difference = DifferenceOf(a, b);
  if (a.resource_name != b.resource_name || difference.empty()) return "";
  return "policies " + a_name + " and " + b_name + " give VFs to the resource " + a.resource_name +
         ", but differ in " + std::string(difference) +
         ": write the same in both, or another resourceName";
}

void NoteMixedResources(DesiredNode& node) {
  std::map<std::string, const VfGroup*> first;
  for (const DesiredPf& pf : node.pfs) {
    for (const VfGroup& group : pf.groups) {
      const VfGroup& known = *first.emplace(group.resource_name, &group).first->second;
      std::string mixed = MixedResource(known, known.policy, group, group.policy);
      if (!mixed.empty() && !Contains(node.notes, mixed)) node.notes.push_back(std::move(mixed));
    }
  }
}

void MergeOn(const Nic& nic, const std::vector<Claim>& claims, DesiredNode& node) {
  std::string refusal = ContradictionAmong(claims, Or(nic.name, nic.address));
  if (!refusal.empty()) {
    node.refused.emplace(nic.address, std::move(refusal));
    return;
  }
  PfMerger merger(nic, node.notes);
  for (const Claim& claim : claims) merger.Add(claim);
  node.pfs.push_back(std::move(merger).Take());
}

// ---- Without a node ----

bool MayShareNode(const NodePolicy& a, const NodePolicy& b) {
  return std::all_of(a.node_selector.begin(), a.node_selector.end(), [&](const auto& label) {
    const auto other = b.node_selector.find(label.first);
    return other == b.node_selector.end() || other->second == label.second;
  });
}

// Two values of a selector, where "" fits all.
bool MayBeOne(const std::string& a, const std::string& b) {
  return a.empty() || b.empty() || a == b;
}

std::vector<std::string> InBoth(const std::vector<std::string>& a,
                                const std::vector<std::string>& b) {
  std::vector<std::string> both;
  for (const std::string& one : a) {
    if (Contains(b, one) && !Contains(both, one)) both.push_back(one);
  }
  return both;
}

std::vector<std::string> PfNamesOf(const NicSelector& nics) {
  std::vector<std::string> names;
  for (const PfName& pf : nics.pf_names) names.push_back(pf.name);
  return names;
}

std::string IdsOf(const NicSelector& a, const NicSelector& b) {
  return "NICs " + Or(Or(a.vendor, b.vendor), "*") + ':' + Or(Or(a.device_id, b.device_id), "*");
}

// What people call the PFs that both are sure to choose where there are such. A name beside an
// address, say, may be the same PF or another, and doesn't count.
std::vector<std::string> PfsInBoth(const NicSelector& a, const NicSelector& b) {
  if (a.empty() || b.empty() || !MayBeOne(a.vendor, b.vendor) ||
      !MayBeOne(a.device_id, b.device_id))
    return {};
  const std::vector<std::string> addresses = InBoth(a.root_devices, b.root_devices);
  if (!a.root_devices.empty() && !b.root_devices.empty() && addresses.empty()) return {};
  if (!a.pf_names.empty() || !b.pf_names.empty()) return InBoth(PfNamesOf(a), PfNamesOf(b));
  if (!a.root_devices.empty() || !b.root_devices.empty()) return addresses;
  return {IdsOf(a, b)};
}

}  // namespace

const VfGroup* DesiredPf::GroupOf(int vf) const {
  const auto found = std::find_if(groups.begin(), groups.end(),
                                  [&](const VfGroup& group) { return group.vfs.holds(vf); });
  return found == groups.end() ? nullptr : &*found;
}

DesiredNode MergePolicies(const std::vector<NodePolicy>& policies, const StringMap& node_labels,
                          const std::vector<Nic>& nics) {
  DesiredNode node;
  const auto sorted = Sorted(policies, node_labels);
  std::set<const NodePolicy*> used;
  for (const Nic& nic : nics) {
    const std::vector<Claim> claims = ClaimsOn(nic, sorted);
    for (const Claim& claim : claims) used.insert(claim.policy);
    if (!claims.empty()) MergeOn(nic, claims, node);
  }
  for (const NodePolicy* policy : sorted) {
    if (!used.contains(policy))
      node.notes.push_back("policy " + policy->name +
                           " chooses none of this node's PFs, which are " + NamesOf(nics));
  }
  NoteMixedResources(node);
  return node;
}

std::vector<std::string> Contradictions(const NodePolicy& policy,
                                        const std::vector<NodePolicy>& others) {
  std::vector<std::string> found;
  const auto add = [&](std::string text) {
    if (!text.empty()) found.push_back(std::move(text));
  };
  for (const NodePolicy& other : others) {
    const bool apart = other.name_space != policy.name_space || other.name == policy.name ||
                       other.priority != policy.priority || !MayShareNode(policy, other);
    if (apart) continue;
    for (const std::string& pf : PfsInBoth(policy.nics, other.nics)) {
      const auto is_it = [&](const std::string& name) { return name == pf; };
      add(Contradiction({&policy, NamedVfs(policy, is_it)}, {&other, NamedVfs(other, is_it)}, pf));
    }
    add(MixedResource(policy, policy.name, other, other.name));
  }
  return found;
}

}  // namespace railhook

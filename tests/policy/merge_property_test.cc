// What merging promises, on policies at random: judged VF by VF, without ranges.

#include <algorithm>
#include <map>
#include <optional>

#include "policy/merge.h"
#include "tests/policy/objects.h"
#include "tests/random.h"

namespace railhook {
namespace {

constexpr int kNodes = 3000;
const std::vector<std::string> kNames = {"ens1", "ens2", "ens3"};

std::vector<Nic> RandomNics(Random& random) {
  std::vector<Nic> nics;
  for (const std::string& name : kNames) {
    const std::string number = name.substr(3);
    nics.push_back({"0000:0" + number + ":00.0", name, {}, "15b3", "101b"});
    if (random.Percent(50)) nics.back().alt_names = {"rail" + number};
  }
  return nics;
}

PfName RandomPf(Random& random, int num_vfs) {
  PfName pf{random.Pick(kNames), std::nullopt};
  if (random.Percent(30)) pf.name = "rail" + pf.name.substr(3);
  if (random.Percent(40)) return pf;
  const int first = static_cast<int>(random.Below(static_cast<std::size_t>(num_vfs)));
  pf.vfs = VfRange{first, first + static_cast<int>(random.Below(num_vfs - first))};
  return pf;
}

NodePolicy RandomPolicy(Random& random, int number) {
  NodePolicy policy;
  policy.name_space = "sriov";
  policy.name = "p" + std::to_string(number);
  policy.resource_name = "r" + std::to_string(random.Below(3));
  policy.priority = static_cast<int>(random.Below(3));
  policy.num_vfs = 1 + static_cast<int>(random.Below(8));
  if (random.Percent(20)) policy.node_selector = {{"gpu", random.Percent(50) ? "a" : "b"}};
  if (random.Percent(30)) policy.mtu = 1000 + number;
  if (random.Percent(20)) policy.nics.device_id = random.Percent(80) ? "101b" : "1017";
  if (random.Percent(15)) policy.nics.root_devices = {"0000:02:00.0"};
  while (policy.nics.empty() || random.Percent(40))
    policy.nics.pf_names.push_back(RandomPf(random, policy.num_vfs));
  return policy;
}

bool Chooses(const NodePolicy& policy, const Nic& nic) {
  const auto& wanted = policy.nics;
  const auto is_it = [&](const PfName& pf) {
    return pf.name == nic.name || (!nic.alt_names.empty() && pf.name == nic.alt_names[0]);
  };
  return (wanted.device_id.empty() || wanted.device_id == nic.device_id) &&
         (wanted.root_devices.empty() || wanted.root_devices[0] == nic.address) &&
         (wanted.pf_names.empty() ||
          std::any_of(wanted.pf_names.begin(), wanted.pf_names.end(), is_it));
}

bool NamesVf(const NodePolicy& policy, const Nic& nic, int vf) {
  if (!Chooses(policy, nic) || vf >= policy.num_vfs) return false;
  if (policy.nics.pf_names.empty()) return true;
  return std::any_of(
      policy.nics.pf_names.begin(), policy.nics.pf_names.end(), [&](const PfName& pf) {
        const bool is_it =
            pf.name == nic.name || (!nic.alt_names.empty() && pf.name == nic.alt_names[0]);
        return is_it && (!pf.vfs || (pf.vfs->first <= vf && vf <= pf.vfs->last));
      });
}

// What a PF must come to.
struct Expected {
  int num_vfs = 0;  // 0: nobody chooses it
  bool refused = false;
  std::map<int, std::string> owners;  // of each VF, the policy
};

Expected Expect(const std::vector<NodePolicy>& policies, const Nic& nic) {
  Expected expected;
  for (const NodePolicy& policy : policies) {
    if (Chooses(policy, nic)) expected.num_vfs = std::max(expected.num_vfs, policy.num_vfs);
  }
  for (int vf = 0; vf < expected.num_vfs; ++vf) {
    const NodePolicy* owner = nullptr;
    for (int priority = 99; priority >= 0; --priority) {
      int wanting = 0;
      for (const NodePolicy& policy : policies) {
        if (policy.priority != priority || !NamesVf(policy, nic, vf)) continue;
        ++wanting;
        owner = &policy;
      }
      expected.refused = expected.refused || wanting > 1;
    }
    if (owner != nullptr) expected.owners.emplace(vf, owner->name);
  }
  return expected;
}

void CheckPf(const DesiredPf& pf, const Expected& expected) {
  CHECK(pf.num_vfs == expected.num_vfs);
  std::map<int, std::string> owners;
  int next = 0;
  for (const VfGroup& group : pf.groups) {
    CHECK(group.vfs.first >= next);  // in order, none overlapping
    CHECK(group.vfs.last < pf.num_vfs);
    next = group.vfs.last + 1;
    for (int vf = group.vfs.first; vf <= group.vfs.last; ++vf) owners.emplace(vf, group.policy);
  }
  CHECK(owners == expected.owners);
}

void CheckNode(const DesiredNode& node, const std::vector<NodePolicy>& here,
               const std::vector<Nic>& nics) {
  auto pf = node.pfs.begin();
  for (const Nic& nic : nics) {
    const Expected expected = Expect(here, nic);
    CHECK(node.refused.contains(nic.address) == expected.refused);
    if (expected.refused || expected.num_vfs == 0) continue;
    REQUIRE(pf != node.pfs.end());
    REQUIRE(pf->address == nic.address);
    CheckPf(*pf++, expected);
  }
  CHECK(pf == node.pfs.end());
}

// What is refused on a node whose NICs have one name each is refused at admission, too.
void CheckAdmission(const DesiredNode& node, const std::vector<NodePolicy>& here) {
  const bool by_name = std::all_of(here.begin(), here.end(), [](const NodePolicy& policy) {
    return !policy.nics.pf_names.empty();
  });
  if (!by_name || node.refused.empty()) return;
  CHECK(std::any_of(here.begin(), here.end(), [&](const NodePolicy& policy) {
    return !Contradictions(policy, here).empty();
  }));
}

TEST_CASE("merging keeps its promises, whatever the policies") {
  for (std::uint64_t seed = 0; seed < kNodes; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    auto nics = RandomNics(random);
    std::vector<NodePolicy> policies;
    for (int i = 0, n = 1 + static_cast<int>(random.Below(5)); i < n; ++i)
      policies.push_back(RandomPolicy(random, i));
    const StringMap labels = {{"gpu", "a"}};
    const DesiredNode node = MergePolicies(policies, labels, nics);
    std::vector<NodePolicy> here = policies;
    std::erase_if(here, [](const NodePolicy& policy) {
      return !policy.node_selector.empty() && policy.node_selector.at("gpu") == "b";
    });
    CheckNode(node, here, nics);
    random.Shuffle(policies);
    CHECK(MergePolicies(policies, labels, nics) == node);
    for (Nic& nic : nics) nic.alt_names.clear();
    CheckAdmission(MergePolicies(policies, labels, nics), here);
  }
}

}  // namespace
}  // namespace railhook

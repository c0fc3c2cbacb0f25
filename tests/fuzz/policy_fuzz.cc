// Files of SriovNetworkNodePolicies and SriovNetworkPoolConfigs: judged, read, merged for a node.

#include <algorithm>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/yaml.h"
#include "k8sclient/object_files.h"
#include "policy/merge.h"
#include "policy/pool_config.h"
#include "tests/fuzz/fuzz.h"

namespace railhook {
namespace {

const std::vector<Nic> kNics = {{"0000:01:00.0", "ens1", {"rail0"}, "15b3", "101b"},
                                {"0000:02:00.0", "ens2", {}, "8086", "10c9"}};
const StringMap kLabels = {{"kubernetes.io/os", "linux"}};

void ExpectGood(const std::vector<Finding>& findings, bool readable) {
  for (const Finding& finding : findings)
    Expect(finding.pointer.starts_with('/') && !finding.text.empty(),
           "a finding says where and what");
  Expect(readable == (FirstError(findings) == nullptr), "what has no error is read");
}

void ExpectGood(const DesiredPf& pf) {
  int next = 0;
  for (const VfGroup& group : pf.groups) {
    Expect(group.vfs.first >= next && group.vfs.last >= group.vfs.first, "groups don't overlap");
    next = group.vfs.last + 1;
  }
  Expect(next <= pf.num_vfs, "no group has a VF that isn't made");
}

void Merge(std::vector<NodePolicy> policies) {
  const DesiredNode node = MergePolicies(policies, kLabels, kNics);
  for (const DesiredPf& pf : node.pfs) ExpectGood(pf);
  for (const NodePolicy& policy : policies) Contradictions(policy, policies);
  std::reverse(policies.begin(), policies.end());
  Expect(MergePolicies(policies, kLabels, kNics).pfs == node.pfs, "their order counts for nothing");
}

class Reader {
 public:
  void Read(const Json& object) {
    auto policy = ReadNodePolicy(object);
    ExpectGood(ValidateNodePolicy(object), policy.has_value());
    if (policy) Add(*std::move(policy));
    auto pool = ReadPoolConfig(object);
    ExpectGood(ValidatePoolConfig(object), pool.has_value());
    if (!pool) return;
    Expect(pool->MaxUnavailable(8) >= 0, "no fewer than none may be unavailable");
    pools_.push_back(*std::move(pool));
  }

  void MergeAll() && {
    (void)PoolOf(kLabels, pools_).has_value();
    Merge(std::move(policies_));
  }

 private:
  // As API servers keep one object of a name.
  void Add(NodePolicy policy) {
    Expect(Contradictions(policy, {policy}).empty(), "a policy doesn't contradict itself");
    const auto same = [&](const NodePolicy& other) {
      return other.name == policy.name && other.name_space == policy.name_space;
    };
    if (std::none_of(policies_.begin(), policies_.end(), same))
      policies_.push_back(std::move(policy));
  }

  std::vector<NodePolicy> policies_;
  std::vector<PoolConfig> pools_;
};

}  // namespace
}  // namespace railhook

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace railhook;
  const auto documents = ParseYaml(AsText(data, size));
  if (!documents) return 0;
  Reader reader;
  for (const YamlDocument& document : *documents) {
    ForEachObject(document.value, [&](const OrderedJson& object, const std::string&) {
      reader.Read(Json(object));
    });
  }
  std::move(reader).MergeAll();
  return 0;
}

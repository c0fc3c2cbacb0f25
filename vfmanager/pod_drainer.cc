#include "vfmanager/pod_drainer.h"

#include <chrono>
#include <utility>

#include "base/json.h"
#include "k8sclient/list_each.h"
#include "k8sclient/object.h"

namespace railhook {
namespace {

constexpr int kWithoutPool = 1;

DrainSlots::Clock::time_point Now() { return DrainSlots::Clock::now(); }

}  // namespace

PodDrainer::PodDrainer(const KubeClient& client, const std::string& name_space, std::string node)
    : client_(client), node_(std::move(node)), slots_(client, name_space, node_) {}

Result<std::vector<NodePod>> PodDrainer::Pods() const {
  Selection selection = Selection::All(kPods);
  selection.field_selector = "spec.nodeName=" + node_;
  std::vector<NodePod> pods;
  TRY(ListEach(client_, selection, [&](const Json& pod) { pods.push_back(ReadNodePod(pod)); }));
  return pods;
}

Result<bool> PodDrainer::HasSlot(bool cordoned) {
  if (!may_have_slot_ && !cordoned) return false;
  may_have_slot_ = TRY(slots_.Hold(Now()));
  return may_have_slot_;
}

Result<int> PodDrainer::SizeOf(const PoolConfig& pool) const {
  int size = 0;
  TRY(ListEach(client_, Selection::AllMetadata(kNodes), [&](const Json& node) {
    const auto labels = ReadStringMap(Member(Member(&node, "metadata"), "labels"), "labels");
    size += labels && (!pool.nodes || pool.nodes->Fits(*labels));
  }));
  return size;
}

Result<std::string> PodDrainer::TakeSlot(const std::optional<PoolConfig>& pool) {
  const int most = pool ? pool->MaxUnavailable(TRY(SizeOf(*pool))) : kWithoutPool;
  if (most == 0) return "nobody, as maxUnavailable of pool " + pool->name + " is 0";
  may_have_slot_ = true;
  return slots_.Take(pool ? pool->name : "", most, Now());
}

Result<> PodDrainer::GiveSlot() { return slots_.Give(); }

Result<std::vector<std::string>> PodDrainer::Evict(const std::vector<NodePod>& pods) {
  std::vector<std::string> waited;
  for (const NodePod& pod : pods) waited.push_back(TRY(EvictOne(pod)));
  return waited;
}

// A budget that doesn't let it go, and a pod that is gone by now, are what may well be; all else is
// an error.
Result<std::string> PodDrainer::EvictOne(const NodePod& pod) {
  if (!pod.fixed.empty()) return pod.Id() + ", which " + pod.fixed;
  if (pod.leaving) return pod.Id() + " (is ending)";
  const auto evicted = client_.Evict(pod.name_space, pod.name, pod.uid);
  if (evicted) {
    ++evictions_;
    return pod.Id() + " (was evicted)";
  }
  const Error& error = evicted.error();
  const bool gone = error.code == ErrorCode::kNotFound || error.code == ErrorCode::kConflict;
  if (gone) return pod.Id() + " (is gone)";
  if (error.code == ErrorCode::kUnavailable) return pod.Id() + " (" + error.message + ')';
  return tl::unexpected(error);
}

}  // namespace railhook

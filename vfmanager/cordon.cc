#include "vfmanager/cordon.h"

#include "base/json.h"
#include "k8sclient/object.h"
#include "k8sclient/time_text.h"
#include "k8sclient/watch/watch_event.h"
#include "vfmanager/cluster_view.h"

namespace railhook {
namespace {

// Refused where the Node has changed since it was read, lest somebody's own cordon be taken for
// ours or undone.
Result<> Write(const KubeClient& client, const Json& node, const Json& unschedulable,
               const Json& since) {
  const Json* metadata = Member(&node, "metadata");
  const Json patch = {{"metadata",
                       {{"resourceVersion", ResourceVersionOf(node)},
                        {"annotations", {{kCordonAnnotation, since}}}}},
                      {"spec", {{"unschedulable", unschedulable}}}};
  TRY(client.Patch(kNodes, "", TextMember(metadata, "name"), PatchKind::kMerge, patch));
  return {};
}

bool IsOurs(const Json& node) {
  return Member(Member(Member(&node, "metadata"), "annotations"), kCordonAnnotation) != nullptr;
}

bool IsCordoned(const Json& node) {
  return Member(Member(&node, "spec"), "unschedulable") != nullptr;  // false isn't kept
}

}  // namespace

Result<> Cordon(const KubeClient& client, const std::string& name) {
  const Json node = TRY(client.Get(kNodes, "", name));
  if (IsCordoned(node)) return {};
  return Write(client, node, true, SecondTime(std::chrono::system_clock::now()));
}

Result<> Uncordon(const KubeClient& client, const std::string& name) {
  const Json node = TRY(client.Get(kNodes, "", name));
  if (!IsOurs(node)) return {};
  return Write(client, node, nullptr, nullptr);
}

}  // namespace railhook

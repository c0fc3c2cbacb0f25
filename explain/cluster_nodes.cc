#include "explain/cluster_nodes.h"

#include <map>
#include <string>

#include "base/json.h"
#include "explain/pod_needs.h"
#include "k8sclient/list_each.h"

namespace railhook {

Result<std::vector<Node>> ListNodes(const KubeClient& client, std::string_view without_uid) {
  std::map<std::string, ResourceAmounts, std::less<>> requested;
  Selection pods = Selection::All(kPods);
  pods.field_selector = "spec.nodeName!=,status.phase!=Succeeded,status.phase!=Failed";
  TRY(ListEach(client, pods, [&](const Json& pod) {
    if (TextMember(Member(&pod, "metadata"), "uid") == without_uid) return;
    if (const auto requests = ReadRequests(pod))
      Add(requested[TextMember(Member(&pod, "spec"), "nodeName")], *requests);
  }));
  std::vector<Node> nodes;
  TRY(ListEach(client, Selection::All(kNodes), [&](const Json& object) {
    nodes.push_back(ReadNode(object));
    nodes.back().requested = requested[nodes.back().name];
  }));
  return nodes;
}

}  // namespace railhook

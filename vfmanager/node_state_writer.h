#pragma once
// Keeps a node's SriovNetworkNodeState.

#include <optional>
#include <string>

#include "base/result.h"
#include "k8sclient/client.h"
#include "k8sclient/event_recorder.h"
#include "vfmanager/cluster_view.h"
#include "vfmanager/node_state.h"

namespace railhook {

// Not thread-safe.
class NodeStateWriter {
 public:
  // `client` must outlive it.
  NodeStateWriter(const KubeClient& client, std::string name_space, std::string node);

  // Writes what differs from what `picture` says is there, creates the object where there is none.
  // In a conflict only the conditions are written: the rest is another operator's.
  Result<> Write(const ClusterPicture& picture, const HostState& host, const DesiredNode& desired,
                 const NodeReport& report, bool conflict);

  // What Events are about; its uid is known once the object has been written.
  const EventSubject& subject() const { return subject_; }

 private:
  Result<> WriteAnnotations(const KnownNodeState& there, const NodeReport& report);
  Result<> WriteStatus(const KnownNodeState& there, nlohmann::json status);

  const KubeClient& client_;
  const std::string name_space_;
  const std::string node_;
  EventSubject subject_;
  std::string written_;  // the last status, as a text
  std::string answer_;   // what the server made of it: a field that its CRD lacks is dropped
};

}  // namespace railhook

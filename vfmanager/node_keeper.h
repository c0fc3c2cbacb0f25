#pragma once
// One look of the agent after the other: what is there, what to do, do it, tell it.

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "k8sclient/client.h"
#include "k8sclient/event_recorder.h"
#include "vfmanager/agent.h"
#include "vfmanager/apply.h"
#include "vfmanager/backoff.h"
#include "vfmanager/driver_watch.h"
#include "vfmanager/node_look.h"
#include "vfmanager/node_state_writer.h"
#include "vfmanager/pod_drainer.h"

namespace railhook {

// Not thread-safe.
class NodeKeeper {
 public:
  // `transport` and `options` must outlive it. A request of `stop` ends what is under way.
  NodeKeeper(Transport& transport, const AgentOptions& options, std::stop_token stop);

  // Looks, makes one move, and says after how long the next look is due at the latest.
  std::chrono::milliseconds Look(ClusterPicture cluster);

  const AgentStatus& status() const { return status_; }

 private:
  NodeLook Observed(ClusterPicture cluster);
  Result<> Fill(NodeLook& look);
  void FindHolders(NodeLook& look) const;
  void Save(const NodeLook& look);

  Result<std::chrono::milliseconds> Make(AgentMove move, const NodeLook& look);
  Result<std::chrono::milliseconds> ApplyFree(const NodeLook& look);
  void ForgetDrivers(const NodeLook& look);
  Result<std::chrono::milliseconds> TakeSlot(const NodeLook& look);
  Result<std::chrono::milliseconds> EvictHolders(const NodeLook& look);
  std::chrono::milliseconds Rest(const NodeLook& look) const;

  void Report(const NodeLook& look);
  Result<Notice> AfterLookAt(const NodeLook& look);
  Result<> RenewOffer(const NodeLook& look);
  void SaveOffer();
  void TellOf(const Result<Notice>& notice);
  void TellOf(const NodeReport& report);
  void TellOf(const ApplyReport& report);
  void Note(std::string_view doing, const Result<>& done);

  const AgentOptions& options_;
  const std::stop_token stop_;
  const KubeClient client_;
  PodDrainer drainer_;
  NodeStateWriter writer_;
  EventRecorder events_;
  AgentMemory memory_;
  DriverWatch drivers_;
  Backoff backoff_;
  WantedNode tried_;         // whose failures `backoff_` counts
  VfOffer offer_;            // the last
  DesiredNode saved_offer_;  // as it is on disk
  std::string saved_;        // policies, as they are on disk
  AgentStatus status_;
};

}  // namespace railhook

#pragma once
// How many nodes of a pool drain at a time: one Lease for each, which a node holds from before it
// is cordoned until it is done.

#include <chrono>
#include <map>
#include <string>

#include "base/result.h"
#include "k8sclient/client.h"
#include "k8sclient/lease.h"

namespace railhook {

// "vfmanager-drain.0", "vfmanager-drain.gpus.1".
std::string SlotName(const std::string& pool, int number);

// A slot outlives its agent: a node may be away for long while it is cordoned. After an hour
// without a word from it others take its slot. Not thread-safe.
class DrainSlots {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::hours kDuration{1};

  // `client` must outlive it. The Leases are in `name_space`, their holders are names of nodes.
  DrainSlots(const KubeClient& client, std::string name_space, std::string node);

  // Whether this node holds a slot, of whichever pool; renews it where it has stood for a minute.
  Result<bool> Hold(Clock::time_point now);

  // Tries to get one of the first `most` slots of a pool ("": nodes that are in none). "" where it
  // has one now, else who has them.
  Result<std::string> Take(const std::string& pool, int most, Clock::time_point now);

  // Gives back what this node holds.
  Result<> Give();

 private:
  struct Seen {
    LeaseRecord record;
    Clock::time_point since;
  };

  Result<std::map<std::string, nlohmann::json>> List() const;
  std::chrono::milliseconds Unchanged(const std::string& name, const LeaseRecord& record,
                                      Clock::time_point now);
  Result<> Write(nlohmann::json lease, const std::string& holder, bool taken) const;

  const KubeClient& client_;
  const std::string name_space_;
  const std::string node_;
  std::map<std::string, Seen> seen_;  // by the Lease's name
};

}  // namespace railhook

#pragma once
// One network after another, made as its SpiderMultusConfig wants it.

#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "k8sclient/client.h"
#include "multus/network_step.h"
#include "multus/network_work.h"

namespace railhook {

struct Ipam;

// A SpiderMultusConfig that gets no network.
struct NetworkRefusal {
  std::string smc;
  std::string uid;
  std::string why;
};

struct NetworkOutcome {
  NetworkMove move = NetworkMove::kNothing;  // what has been done
  std::vector<NetworkRefusal> refusals;
};

// What a SpiderMultusConfig makes; kInvalid says what is wrong with it.
using NetworkMaker = std::function<Result<nlohmann::json>(const nlohmann::json&)>;

// With these addresses.
NetworkMaker NetworksWith(std::shared_ptr<const Ipam> ipam);

// Safe to use from any thread. Needs get of both kinds, and create, patch and delete of
// NetworkAttachmentDefinitions.
class NetworkWriter {
 public:
  // The references must outlive it. `may_write` is asked just before each write.
  NetworkWriter(const KubeClient& client, const NetworkMaker& make,
                std::function<bool()> may_write);

  // Looks at the network as it is now and writes at most once. kConflict where somebody else was
  // faster: what they did decides the next time. `tried` is told of the write, and whether it was
  // done.
  Result<NetworkOutcome> Settle(const NetworkTask& task,
                                const std::function<void(NetworkMove, bool)>& tried) const;

 private:
  struct Look;

  Result<Look> LookAt(const NetworkTask& task) const;
  Result<> Write(const NetworkTask& task, const Look& look, NetworkMove move) const;

  const KubeClient& client_;
  const NetworkMaker& make_;
  const std::function<bool()> may_write_;
};

}  // namespace railhook

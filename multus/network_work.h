#pragma once
// Which networks need a look: all SpiderMultusConfigs and all NetworkAttachmentDefinitions
// compared, each as little more than a hash, so that ten thousand take a few megabytes. Pure.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace railhook {

// What NextNetworkStep compares of a network. Where a desired one is covered by an existing one,
// DifferenceOf finds nothing.
struct NetworkFingerprint {
  std::uint64_t own = 0;             // of configuration, controller and steering annotations
  std::vector<std::uint64_t> other;  // of each further annotation, sorted

  bool Covers(const NetworkFingerprint& desired) const;
  bool operator==(const NetworkFingerprint&) const = default;
};
NetworkFingerprint FingerprintOf(const nlohmann::json& network);

// A SpiderMultusConfig, as far as it wants a network.
struct NetworkClaim {
  std::string network;  // its name
  std::string uid;      // of the SpiderMultusConfig
  std::optional<NetworkFingerprint> desired;
  std::string fault;  // where none is desired: what is wrong with the SpiderMultusConfig

  bool operator==(const NetworkClaim&) const = default;
};

// None where the SpiderMultusConfig is being deleted. `desired` is its network.
std::optional<NetworkClaim> ClaimOf(const nlohmann::json& spider_multus_config,
                                    const Result<nlohmann::json>& desired);

// A NetworkAttachmentDefinition that is there.
struct KnownNetwork {
  NetworkFingerprint fingerprint;
  std::string owner;  // the SpiderMultusConfig that controls it, or ""
  std::string owner_uid;
  bool deleting = false;

  bool operator==(const KnownNetwork&) const = default;
};
KnownNetwork KnownNetworkOf(const nlohmann::json& network);

// By "namespace/name", sorted, as a Store hands them out.
template <typename T>
using ByName = std::vector<std::pair<std::string, std::shared_ptr<const T>>>;

// A network that may not be as it should be, and the SpiderMultusConfigs that it depends on.
struct NetworkTask {
  std::string name_space;
  std::string name;
  std::vector<std::string> claimants;  // those that want the network, by name
  std::string owner;         // one that controls the network and wants another now; "" where none
  bool exists = false;       // the network, as far as is known
  std::uint64_t inputs = 0;  // another one where anything that it depends on has changed

  // "namespace/name".
  std::string Id() const { return name_space + '/' + name; }
};

struct NetworkWork {
  std::vector<NetworkTask> tasks;
  std::size_t kept = 0;     // SpiderMultusConfigs whose network is as it should be
  std::size_t invalid = 0;  // those that make none
};
NetworkWork FindNetworkWork(const ByName<NetworkClaim>& claims,
                            const ByName<KnownNetwork>& networks);

}  // namespace railhook

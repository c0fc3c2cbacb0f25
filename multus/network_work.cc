#include "multus/network_work.h"

#include <algorithm>
#include <functional>
#include <span>
#include <string_view>

#include "base/json.h"
#include "k8sclient/object.h"
#include "multus/network_step.h"

namespace railhook {
namespace {

std::uint64_t HashOf(std::string_view text) { return std::hash<std::string_view>()(text); }

std::uint64_t Mix(std::uint64_t hash, std::uint64_t more) {
  return (hash ^ more) * 0x9E3779B97F4A7C15u + (hash << 6);
}

std::uint64_t Mix(std::uint64_t hash, std::string_view text) { return Mix(hash, HashOf(text)); }

std::uint64_t HashOf(const NetworkFingerprint& fingerprint) {
  std::uint64_t hash = fingerprint.own;
  for (const std::uint64_t one : fingerprint.other) hash = Mix(hash, one);
  return hash;
}

// The same for two texts of one configuration.
std::uint64_t HashOfConfig(const std::string& text) {
  const auto config = ParseJson(text);
  return HashOf(config ? Compact(*config) : text);
}

std::string_view NamespaceIn(std::string_view id) { return id.substr(0, id.find('/')); }
std::string_view NameIn(std::string_view id) { return id.substr(id.find('/') + 1); }

using Claim = ByName<NetworkClaim>::value_type;
using Network = ByName<KnownNetwork>::value_type;

// A claim, and the "namespace/name" of what it wants.
struct Wish {
  std::string network;
  const Claim* claim;
};

std::vector<Wish> WishesOf(const ByName<NetworkClaim>& claims) {
  std::vector<Wish> wishes;
  wishes.reserve(claims.size());
  for (const Claim& claim : claims)
    wishes.push_back({std::string(NamespaceIn(claim.first)) + '/' + claim.second->network, &claim});
  std::ranges::stable_sort(wishes, {}, &Wish::network);
  return wishes;
}

const NetworkClaim* FindClaim(const ByName<NetworkClaim>& claims, const std::string& id) {
  const auto found = std::ranges::lower_bound(claims, id, {}, &Claim::first);
  return found == claims.end() || found->first != id ? nullptr : found->second.get();
}

class Finder {
 public:
  explicit Finder(const ByName<NetworkClaim>& claims) : claims_(claims) {}

  // `wishes` and `network` (null: it isn't there) are of one name.
  void Judge(const std::string& id, std::span<const Wish> wishes, const KnownNetwork* network) {
    const bool covered = network != nullptr && CountWishes(wishes, *network);
    const NetworkClaim* released = network == nullptr ? nullptr : ReleasedBy(id, *network);
    if (network != nullptr && network->deleting) return;
    const bool single = wishes.size() == 1;
    const bool wanted =
        !single ? !wishes.empty() : !covered && wishes[0].claim->second->desired.has_value();
    if (released != nullptr || wanted) AddTask(id, wishes, network, released);
  }

  // Of each claim, whether it makes a network at all.
  void CountInvalid() {
    work_.invalid = static_cast<std::size_t>(
        std::ranges::count_if(claims_, [](const Claim& claim) { return !claim.second->desired; }));
  }

  NetworkWork Take() && { return std::move(work_); }

 private:
  // Whether one of the wishes is fulfilled.
  bool CountWishes(std::span<const Wish> wishes, const KnownNetwork& network) {
    const auto kept = std::ranges::count_if(wishes, [&](const Wish& wish) {
      const auto& desired = wish.claim->second->desired;
      return desired && network.fingerprint.Covers(*desired);
    });
    work_.kept += static_cast<std::size_t>(kept);
    return kept > 0;
  }

  // The SpiderMultusConfig that controls the network and wants another, or null.
  const NetworkClaim* ReleasedBy(const std::string& id, const KnownNetwork& network) const {
    if (network.owner.empty()) return nullptr;
    const NetworkClaim* owner =
        FindClaim(claims_, std::string(NamespaceIn(id)) + '/' + network.owner);
    if (owner == nullptr || owner->uid != network.owner_uid) return nullptr;
    return owner->desired && owner->network != NameIn(id) ? owner : nullptr;
  }

  void AddTask(const std::string& id, std::span<const Wish> wishes, const KnownNetwork* network,
               const NetworkClaim* released) {
    NetworkTask task;
    task.name_space = NamespaceIn(id);
    task.name = NameIn(id);
    task.exists = network != nullptr;
    task.inputs = HashOf(id);
    for (const Wish& wish : wishes) {
      const NetworkClaim& claim = *wish.claim->second;
      task.claimants.emplace_back(NameIn(wish.claim->first));
      task.inputs = Mix(Mix(task.inputs, claim.uid), claim.desired ? HashOf(*claim.desired) : 0);
    }
    if (network != nullptr) {
      task.inputs = Mix(Mix(task.inputs, HashOf(network->fingerprint)), network->owner_uid);
      if (released != nullptr) task.owner = network->owner;
    }
    task.inputs = Mix(task.inputs, task.owner);
    work_.tasks.push_back(std::move(task));
  }

  const ByName<NetworkClaim>& claims_;
  NetworkWork work_;
};

}  // namespace

bool NetworkFingerprint::Covers(const NetworkFingerprint& desired) const {
  return own == desired.own && std::ranges::includes(other, desired.other);
}

NetworkFingerprint FingerprintOf(const Json& network) {
  NetworkFingerprint fingerprint;
  fingerprint.own = HashOfConfig(TextMember(Member(&network, "spec"), "config"));
  const Json* controller = ControllerOf(network);
  for (const std::string_view field : {"kind", "name", "uid"})
    fingerprint.own = Mix(fingerprint.own, TextMember(controller, field));
  const Json* annotations = Member(Member(&network, "metadata"), "annotations");
  if (annotations == nullptr) return fingerprint;
  for (const auto& [key, value] : annotations->items()) {
    const std::uint64_t hash = Mix(HashOf(key), Compact(value));
    if (IsSteering(key))
      fingerprint.own = Mix(fingerprint.own, hash);
    else
      fingerprint.other.push_back(hash);
  }
  std::ranges::sort(fingerprint.other);
  fingerprint.other.shrink_to_fit();
  return fingerprint;
}

std::optional<NetworkClaim> ClaimOf(const Json& smc, const Result<Json>& desired) {
  const Json* metadata = Member(&smc, "metadata");
  if (Member(metadata, "deletionTimestamp") != nullptr) return std::nullopt;
  NetworkClaim claim{NetworkNameOf(smc), TextMember(metadata, "uid"), std::nullopt, ""};
  if (desired)
    claim.desired = FingerprintOf(*desired);
  else
    claim.fault = desired.error().message;
  return claim;
}

KnownNetwork KnownNetworkOf(const Json& network) {
  KnownNetwork known;
  known.fingerprint = FingerprintOf(network);
  known.deleting = Member(Member(&network, "metadata"), "deletionTimestamp") != nullptr;
  const Json* controller = ControllerOf(network);
  if (controller == nullptr || !IsSpiderMultusConfig(*controller)) return known;
  known.owner = TextMember(controller, "name");
  known.owner_uid = TextMember(controller, "uid");
  return known;
}

NetworkWork FindNetworkWork(const ByName<NetworkClaim>& claims,
                            const ByName<KnownNetwork>& networks) {
  Finder finder(claims);
  finder.CountInvalid();
  const std::vector<Wish> wishes = WishesOf(claims);
  auto wish = wishes.begin();
  auto network = networks.begin();
  while (wish != wishes.end() || network != networks.end()) {
    const bool wished =
        network == networks.end() || (wish != wishes.end() && wish->network <= network->first);
    const std::string& id = wished ? wish->network : network->first;
    const auto begin = wish;
    while (wish != wishes.end() && wish->network == id) ++wish;
    const bool there = network != networks.end() && network->first == id;
    finder.Judge(id, {begin, wish}, there ? network->second.get() : nullptr);
    if (there) ++network;
  }
  return std::move(finder).Take();
}

}  // namespace railhook

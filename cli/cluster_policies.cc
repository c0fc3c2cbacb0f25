#include "cli/cluster_policies.h"

#include <string>
#include <utility>

#include "base/json.h"
#include "k8sclient/resource_type.h"
#include "k8sclient/watch/store.h"

namespace railhook {
namespace {

template <typename T>
std::optional<T> Good(Result<T> read) {
  return read ? std::optional(*std::move(read)) : std::nullopt;
}

template <typename T>
std::vector<T> All(const Store<T>& store) {
  std::vector<T> all;
  store.ForEach([&](const std::string&, const auto& one) { all.push_back(*one); });
  return all;
}

}  // namespace

struct ClusterPolicies::Impl {
  Store<NodePolicy> policies{[](const Json& object) { return Good(ReadNodePolicy(object)); },
                             [] {}};
  Store<PoolConfig> pools{[](const Json& object) { return Good(ReadPoolConfig(object)); }, [] {}};
  Reflector policy_watch;  // the reflectors last: their threads end before what they use
  Reflector pool_watch;

  explicit Impl(Transport& transport)
      : policy_watch(transport, Selection::All(kSriovNetworkNodePolicies), policies),
        pool_watch(transport, Selection::All(kSriovNetworkPoolConfigs), pools) {}
};

ClusterPolicies::ClusterPolicies(Transport& transport) : impl_(std::make_unique<Impl>(transport)) {}

ClusterPolicies::~ClusterPolicies() = default;

std::optional<SriovObjects> ClusterPolicies::Current() const {
  if (!impl_->policies.synced() || !impl_->pools.synced()) return std::nullopt;
  return SriovObjects{All(impl_->policies), All(impl_->pools)};
}

Reflector::Status ClusterPolicies::policy_status() const { return impl_->policy_watch.status(); }
Reflector::Status ClusterPolicies::pool_status() const { return impl_->pool_watch.status(); }

}  // namespace railhook

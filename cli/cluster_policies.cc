#include "cli/cluster_policies.h"

#include <string>

#include "base/json.h"
#include "k8sclient/resource_type.h"
#include "k8sclient/watch/store.h"

namespace railhook {
namespace {

std::optional<NodePolicy> ReadGood(const Json& object) {
  auto policy = ReadNodePolicy(object);
  return policy ? std::optional(*std::move(policy)) : std::nullopt;
}

}  // namespace

struct ClusterPolicies::Impl {
  Store<NodePolicy> store{ReadGood, [] {}};
  Reflector reflector;

  explicit Impl(Transport& transport)
      : reflector(transport, Selection::All(kSriovNetworkNodePolicies), store) {}
};

ClusterPolicies::ClusterPolicies(Transport& transport) : impl_(std::make_unique<Impl>(transport)) {}

ClusterPolicies::~ClusterPolicies() = default;

std::optional<std::vector<NodePolicy>> ClusterPolicies::Current() const {
  if (!impl_->store.synced()) return std::nullopt;
  std::vector<NodePolicy> policies;
  impl_->store.ForEach([&](const std::string&, const auto& one) { policies.push_back(*one); });
  return policies;
}

Reflector::Status ClusterPolicies::status() const { return impl_->reflector.status(); }

}  // namespace railhook

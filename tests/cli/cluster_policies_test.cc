#include "cli/cluster_policies.h"

#include "k8sclient/resource_type.h"
#include "tests/eventually.h"
#include "tests/fakes/fake_api_server.h"
#include "tests/policy/objects.h"

namespace railhook {
namespace {

Json Policy(std::string_view name, std::string_view more = "") {
  return PolicyObject(name,
                      "resourceName: r, nodeSelector: {}, numVfs: 8, nicSelector: {pfNames: "
                      "[ens1]}" +
                          std::string(more));
}

template <typename T>
std::vector<std::string> NamesOf(const std::vector<T>& objects) {
  std::vector<std::string> names;
  for (const T& object : objects) names.push_back(object.name);
  return names;
}

// The names that Current() has in the end, of policies and pools.
bool Has(const ClusterPolicies& policies, const std::string& names, const std::string& pools = "") {
  return Eventually([&] {
    const auto now = policies.Current();
    return now && Join(NamesOf(now->policies), " ") == names &&
           Join(NamesOf(now->pools), " ") == pools;
  });
}

TEST_CASE("policies that come, go and change are known, those with an error left out") {
  FakeApiServer server;
  server.AddResource(kSriovNetworkNodePolicies);
  server.Put(kSriovNetworkNodePolicies, Policy("a"));
  const ClusterPolicies policies(server);
  CHECK(Has(policies, "a"));
  server.Put(kSriovNetworkNodePolicies, Policy("b"));
  CHECK(Has(policies, "a b"));
  server.Put(kSriovNetworkNodePolicies, Policy("a", ", eSwitchMode: switchdev"));
  CHECK(Has(policies, "b"));
  server.Remove(kSriovNetworkNodePolicies, "sriov", "b");
  CHECK(Has(policies, ""));
}

TEST_CASE("pools are known as policies are") {
  FakeApiServer server;
  server.AddResource(kSriovNetworkNodePolicies);
  server.AddResource(kSriovNetworkPoolConfigs);
  server.Put(kSriovNetworkPoolConfigs, PoolObject("p", "maxUnavailable: 1"));
  const ClusterPolicies policies(server);
  CHECK(Has(policies, "", "p"));
  server.Put(kSriovNetworkPoolConfigs, PoolObject("p", "rdmaMode: both"));
  CHECK(Has(policies, "", ""));
}

TEST_CASE("a cluster that doesn't have the resource has no policies, and may get it") {
  FakeApiServer server;
  const ClusterPolicies policies(server);
  CHECK(Has(policies, ""));
  CHECK(policies.policy_status().absent);
  CHECK(policies.pool_status().absent);
  server.AddResource(kSriovNetworkNodePolicies);
  server.Put(kSriovNetworkNodePolicies, Policy("a"));
  CHECK(Has(policies, "a"));
}

}  // namespace
}  // namespace railhook

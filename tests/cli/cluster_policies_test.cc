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

// The names that Current() has in the end.
bool Has(const ClusterPolicies& policies, const std::string& names) {
  return Eventually([&] {
    std::vector<std::string> found;
    for (const NodePolicy& policy : policies.Current().value_or(std::vector<NodePolicy>()))
      found.push_back(policy.name);
    return policies.Current() && Join(found, " ") == names;
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

TEST_CASE("a cluster that doesn't have the resource has no policies, and may get it") {
  FakeApiServer server;
  const ClusterPolicies policies(server);
  CHECK(Has(policies, ""));
  CHECK(policies.status().absent);
  server.AddResource(kSriovNetworkNodePolicies);
  server.Put(kSriovNetworkNodePolicies, Policy("a"));
  CHECK(Has(policies, "a"));
}

}  // namespace
}  // namespace railhook

// A pod through injection, under several configurations: what comes out applies, and once is
// enough.

#include <set>
#include <string>

#include "base/json.h"
#include "k8sclient/object.h"
#include "tests/fuzz/fuzz_rails.h"
#include "webhook/inject/inject.h"
#include "webhook/inject/pod_admission.h"

namespace railhook {
namespace {

// Class "mixed": shared and exclusive networks that name the same resource, and a node selector.
constexpr std::string_view kMixedRails = R"(---
apiVersion: spiderpool.spidernet.io/v2beta1
kind: SpiderMultusConfig
metadata: {name: eth1, namespace: spiderpool, annotations: {cni.spidernet.io/rdma-resource-inject: "mixed"}}
spec: {cniType: macvlan, macvlan: {master: [eth1], rdmaResourceName: rdma/hca, ippools: {ipv4: [a]}}}
---
apiVersion: spiderpool.spidernet.io/v2beta1
kind: SpiderMultusConfig
metadata: {name: ib0, namespace: spiderpool, annotations: {cni.spidernet.io/rdma-resource-inject: "mixed,ib",
  railhook.io/resource: rdma/hca}}
spec: {cniType: ipoib, ipoib: {master: ib0, ippools: {ipv4: [a]}}}
---
apiVersion: k8s.cni.cncf.io/v1
kind: NetworkAttachmentDefinition
metadata: {name: nic, namespace: default, annotations: {cni.spidernet.io/rdma-resource-inject: "mixed",
  k8s.v1.cni.cncf.io/resourceName: rdma/hca, k8s.v1.cni.cncf.io/nodeSelector: "rack=a"}}
spec: {config: '{"type": "host-device"}'}
---
apiVersion: spiderpool.spidernet.io/v2beta1
kind: SpiderMultusConfig
metadata: {name: plain, namespace: spiderpool, annotations: {cni.spidernet.io/network-resource-inject: "underlay"}}
spec: {cniType: macvlan, macvlan: {master: [eth0]}}
)";

const InjectConfig kConfigs[] = {{},
                                 {.existing_networks = ExistingNetworks::kMerge,
                                  .classes = {{"mixed",
                                               {.capabilities = {"IPC_LOCK"},
                                                .shm_size = "1Gi",
                                                .env = {{"A", "1"}},
                                                .node_selector = true}},
                                              {"rdma-network",
                                               {.expect_rails = 8,
                                                .capabilities = {"IPC_LOCK", "SYS_RESOURCE"},
                                                .env = {{"A", "2"}}}}}},
                                 {.namespaces_exclude = {"left-out"},
                                  .namespace_defaults = NamespaceDefaults::kAll,
                                  .existing_networks = ExistingNetworks::kDeny}};

// Whether an API server would let the pod's containers pass: their names are what tells them apart.
bool HasDistinctNames(const Json& pod) {
  std::set<std::string> names;
  for (const std::string_view list : {"containers", "initContainers"}) {
    const Json* containers = Member(Member(&pod, "spec"), list);
    if (containers == nullptr) continue;
    for (const Json& container : *containers) {
      const std::string name = TextMember(&container, "name");
      if (name.empty() || !names.insert(name).second) return false;
    }
  }
  return true;
}

void ExpectNothingMore(const Json& pod, std::string_view name_space, const RailIndex& index,
                       const InjectConfig& config) {
  const Injection again = Inject(pod, name_space, index, config);
  Expect(again.verdict == Verdict::kInjected, "who has rails may have them");
  Expect(again.patch.empty(), "once is enough");
}

void FuzzPod(const Json& pod, std::string_view name_space, const RailIndex& index,
             const InjectConfig& config) {
  const Injection injection = Inject(pod, name_space, index, config);
  Expect((injection.verdict == Verdict::kDenied) == !injection.message.empty(),
         "a denial says why");
  Expect(injection.verdict == Verdict::kInjected || injection.patch.empty(),
         "nobody else gets a patch");
  if (injection.verdict != Verdict::kInjected) return;
  Expect(CheckPatch(injection.patch, pod).has_value(), "the patch passes its own check");
  auto patched = injection.patch.Apply(pod);
  Expect(patched.has_value(), "the patch applies");
  if (!HasDistinctNames(pod)) return;
  ExpectNothingMore(*patched, name_space, index, config);
  Json& containers = (*patched)["spec"]["containers"];
  containers.insert(containers.begin(), Json{{"name", "sidecar-of-another-webhook"}});
  ExpectNothingMore(*patched, name_space, index, config);
}

}  // namespace
}  // namespace railhook

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace railhook;
  static const RailIndex index = IndexOf(EightRails() + std::string(kMixedRails));
  const auto pod = ParseJson(AsText(data, size));
  if (!pod) return 0;
  for (const InjectConfig& config : kConfigs) {
    for (const std::string_view name_space : {"default", "inherits"})
      FuzzPod(*pod, name_space, index, config);
  }
  return 0;
}

#pragma once
// The rails that the fuzzed pods ask for.

#include <string>
#include <string_view>

#include "base/yaml.h"
#include "multus/rail_directory.h"
#include "multus/rail_index.h"
#include "tests/fuzz/fuzz.h"

namespace railhook {

// The index of the objects in a YAML text, which must be in order.
inline RailIndex IndexOf(std::string_view yaml) {
  auto documents = ParseYaml(yaml);
  Expect(documents.has_value(), "the rails are YAML");
  auto objects = CollectRails({{"rails.yaml", std::move(documents).Take()}});
  Expect(objects.has_value(), "the rails are rails");
  return RailIndex(std::move(objects).Take());
}

// Class "rdma-network": eight exclusive rails, each with a resource of its own. Namespace
// "inherits" asks for it.
inline std::string EightRails() {
  std::string yaml =
      "{apiVersion: v1, kind: Namespace, metadata: {name: inherits, annotations: "
      "{cni.spidernet.io/rdma-resource-inject: rdma-network}}}\n";
  for (char n = '1'; n <= '8'; ++n) {
    const std::string name = std::string("gpu") + n;
    yaml +=
        "---\n{apiVersion: spiderpool.spidernet.io/v2beta1, kind: SpiderMultusConfig, metadata: "
        "{name: " +
        name +
        "-sriov, namespace: spiderpool, annotations: {cni.spidernet.io/rdma-resource-inject: "
        "rdma-network}}, "
        "spec: {cniType: sriov, sriov: {resourceName: spidernet.io/" +
        name + "sriov, ippools: {ipv4: [" + name + "-pool]}}}}\n";
  }
  return yaml;
}

}  // namespace railhook

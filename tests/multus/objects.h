#pragma once
// Rails for tests, from YAML as people write it.

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "base/yaml.h"
#include "multus/rail_directory.h"

namespace railhook {

inline ObjectFile FileOf(std::string path, std::string_view yaml) {
  return {std::move(path), ParseYaml(yaml).value()};
}

inline OrderedJson ObjectOf(std::string_view yaml) { return ParseYaml(yaml).value().at(0).value; }

inline RailIndex IndexOf(std::string_view yaml) {
  return RailIndex(CollectRails({FileOf("rails.yaml", yaml)}).value());
}

// A SpiderMultusConfig or NetworkAttachmentDefinition in one line: "ns/name" (or "name"), its
// annotations and its spec, both in flow style without braces.
inline std::string ObjectText(std::string_view kind, std::string_view id,
                              std::string_view annotations, std::string_view spec) {
  const auto slash = id.find('/');
  const std::string name(id.substr(slash == std::string_view::npos ? 0 : slash + 1));
  const std::string name_space(slash == std::string_view::npos ? "default" : id.substr(0, slash));
  return "---\n{" + std::string(kind) + ", metadata: {name: '" + name + "', namespace: '" +
         name_space + "', annotations: {" + std::string(annotations) + "}}, spec: {" +
         std::string(spec) + "}}\n";
}

inline std::string Smc(std::string_view id, std::string_view annotations, std::string_view spec) {
  return ObjectText("apiVersion: spiderpool.spidernet.io/v2beta1, kind: SpiderMultusConfig", id,
                    annotations, spec);
}

inline std::string Nad(std::string_view id, std::string_view annotations, std::string_view config) {
  return ObjectText("apiVersion: k8s.cni.cncf.io/v1, kind: NetworkAttachmentDefinition", id,
                    annotations, config.empty() ? "" : "config: '" + std::string(config) + "'");
}

inline Rail RailOf(std::string_view yaml) {
  auto objects = CollectRails({FileOf("rails.yaml", yaml)}).value();
  auto& rails = objects.spider_multus_configs;
  for (auto& rail : objects.network_attachment_definitions) rails.push_back(std::move(rail));
  REQUIRE(rails.size() == 1);
  return *rails.front();
}

// "a/gpu1 b/gpu2".
inline std::string Show(const std::vector<const Rail*>& rails) {
  std::vector<std::string> ids;
  for (const Rail* rail : rails) ids.push_back(rail->Id());
  return Join(ids, " ");
}

// The pointers of problems: "/spec/cniType /spec/sriov/ippools".
inline std::string Show(const std::vector<Problem>& problems) {
  std::vector<std::string> pointers;
  for (const Problem& problem : problems) pointers.push_back(problem.pointer);
  return Join(pointers, " ");
}

inline bool Has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

inline constexpr std::string_view kRdmaClass = "cni.spidernet.io/rdma-resource-inject: c";
inline constexpr std::string_view kNetworkClass = "cni.spidernet.io/network-resource-inject: c";

}  // namespace railhook

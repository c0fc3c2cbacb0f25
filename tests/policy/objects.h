#pragma once
// Policies and pools for tests, from YAML as people write it.

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/text.h"
#include "base/yaml.h"
#include "k8sclient/finding.h"
#include "policy/merge.h"

namespace railhook {

// An object in one line: its name and its spec, in flow style without braces.
inline Json SriovObject(std::string_view kind, std::string_view name, std::string_view spec) {
  const std::string yaml = "{apiVersion: sriovnetwork.openshift.io/v1, kind: " + std::string(kind) +
                           ", metadata: {name: " + std::string(name) +
                           ", namespace: sriov}, spec: {" + std::string(spec) + "}}";
  return ParseYaml(yaml).value().at(0).value;
}

inline Json PolicyObject(std::string_view name, std::string_view spec) {
  return SriovObject("SriovNetworkNodePolicy", name, spec);
}

inline Json PoolObject(std::string_view name, std::string_view spec) {
  return SriovObject("SriovNetworkPoolConfig", name, spec);
}

// A policy of any node; `spec` has what differs from test to test, numVfs and nicSelector at least.
inline NodePolicy PolicyOf(std::string_view name, std::string_view spec) {
  std::string whole = "nodeSelector: {}, " + std::string(spec);
  if (spec.find("resourceName") == std::string_view::npos)
    whole += ", resourceName: " + std::string(name);
  auto read = ReadNodePolicy(PolicyObject(name, whole));
  INFO((read ? "" : read.error().message));
  REQUIRE(read);
  return *read;
}

// "error: text; warning: text"
inline std::string Show(const std::vector<Finding>& findings) {
  std::vector<std::string> texts;
  for (const Finding& finding : findings)
    texts.push_back((finding.severity == Severity::kError ? "error: " : "warning: ") +
                    finding.text);
  return Join(texts, "; ");
}

}  // namespace railhook

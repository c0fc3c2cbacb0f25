#pragma once
// Objects for the fake API server.

#include <string>
#include <vector>

#include "base/json.h"
#include "k8sclient/client.h"
#include "k8sclient/list_each.h"

namespace railhook {

inline Json MakeObject(const std::string& api_version, const std::string& kind,
                       const std::string& name_space, const std::string& name) {
  Json object = {{"apiVersion", api_version}, {"kind", kind}, {"metadata", {{"name", name}}}};
  if (!name_space.empty()) object["metadata"]["namespace"] = name_space;
  return object;
}

// A ConfigMap with one value.
inline Json MakeConfigMap(const std::string& name_space, const std::string& name,
                          const std::string& value) {
  Json object = MakeObject("v1", "ConfigMap", name_space, name);
  object["data"]["value"] = value;
  return object;
}

// All objects of a selection; none where they can't be listed.
inline std::vector<Json> ListAll(const KubeClient& client, const Selection& selection) {
  std::vector<Json> all;
  const auto listed = ListEach(client, selection, [&](const Json& one) { all.push_back(one); });
  return listed ? all : std::vector<Json>();
}

}  // namespace railhook

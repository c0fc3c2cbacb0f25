#pragma once
// Objects for the fake API server.

#include <string>
#include <string_view>
#include <utility>
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

// A page of a list with its objects.
struct WholePage : Page {
  std::vector<Json> items;
};

inline Result<WholePage> ListPage(const KubeClient& client, const Selection& selection,
                                  std::string_view next, int limit) {
  WholePage whole;
  static_cast<Page&>(whole) = TRY(client.List(
      selection, next, limit, [&](Json&& item) { whole.items.push_back(std::move(item)); }));
  return whole;
}

// All objects of a selection; none where they can't be listed.
inline std::vector<Json> ListAll(const KubeClient& client, const Selection& selection) {
  std::vector<Json> all;
  const auto listed = ListEach(client, selection, [&](const Json& one) { all.push_back(one); });
  return listed ? all : std::vector<Json>();
}

}  // namespace railhook

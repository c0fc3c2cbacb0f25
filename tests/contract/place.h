#pragma once
// A place in a cluster for one test, which leaves nothing there.

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "base/json.h"
#include "k8sclient/client.h"
#include "tests/contract/server_under_test.h"
#include "tests/fakes/objects.h"

namespace railhook {

class Place {
 public:
  const KubeClient client{ServerUnderTest()};
  const std::string name_space = "default";

  ~Place() {
    for (const auto& [type, space, name] : made_) (void)Delete(type, name, space);
  }

  // A name that nobody has; what is called so is deleted in the end.
  std::string Name(const ResourceType& type, bool spaced = true) {
    static std::random_device random;
    std::string name = "contract-" + std::to_string(random());
    made_.emplace_back(type, spaced ? name_space : "", name);
    return name;
  }

  // A new ConfigMap, as the server has it.
  Json MakeOne(const std::string& value = "1") {
    auto made = client.Create(kConfigMaps, name_space, MakeConfigMap("", Name(kConfigMaps), value));
    REQUIRE(made);
    return std::move(made).Take();
  }

  Json Get(const Json& object) const {
    auto got = client.Get(kConfigMaps, name_space, NameOf(object));
    REQUIRE(got);
    return std::move(got).Take();
  }

  Result<> Delete(const ResourceType& type, const std::string& name,
                  const std::string& space = "default") const {
    return client.DeleteUnchanged(type, space, TRY(client.Get(type, space, name)));
  }

  static std::string NameOf(const Json& object) { return object["metadata"]["name"]; }

 private:
  std::vector<std::tuple<ResourceType, std::string, std::string>> made_;
};

// Selects one object.
inline Selection Only(const ResourceType& type, const std::string& name) {
  Selection selection = Selection::All(type);
  selection.name_space = "default";
  selection.field_selector = "metadata.name=" + name;
  return selection;
}

// The code of the Error that there must be.
template <typename T>
ErrorCode CodeOf(const Result<T>& result) {
  REQUIRE_FALSE(result);
  return result.error().code;
}

}  // namespace railhook

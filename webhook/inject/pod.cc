#include "webhook/inject/pod.h"

#include "base/json.h"

namespace railhook {
namespace {

Result<StringMap> ReadQuantities(const Json* map, const std::string& field) {
  StringMap quantities;
  if (map == nullptr) return quantities;
  if (!map->is_object()) return Fail(ErrorCode::kInvalid, field + " must be a map of quantities");
  for (const auto& [resource, quantity] : map->items()) {
    if (quantity.is_null()) continue;
    if (quantity.is_string())
      quantities.emplace(resource, quantity.get<std::string>());
    else
      quantities.emplace(resource, Compact(quantity));
  }
  return quantities;
}

Result<Container> ReadContainer(const Json& json, bool init, std::size_t position) {
  const std::string field =
      (init ? "spec.initContainers[" : "spec.containers[") + std::to_string(position) + ']';
  if (!json.is_object()) return Fail(ErrorCode::kInvalid, field + " must be a container");
  Container container;
  container.name = TextMember(&json, "name");
  container.init = init;
  container.position = position;
  const Json* resources = Member(&json, "resources");
  if (resources != nullptr && !resources->is_object()) {
    return Fail(ErrorCode::kInvalid, field + ".resources must be a map");
  }
  container.limits = TRY(ReadQuantities(Member(resources, "limits"), field + ".resources.limits"));
  container.requests =
      TRY(ReadQuantities(Member(resources, "requests"), field + ".resources.requests"));
  const Json* claims = Member(resources, "claims");
  container.has_claims = claims != nullptr && claims->is_array() && !claims->empty();
  return container;
}

Result<> ReadContainers(const Json* spec, Pod& pod) {
  for (const bool init : {false, true}) {
    const std::string_view field = init ? "initContainers" : "containers";
    const Json* list = Member(spec, field);
    if (list == nullptr) continue;
    if (!list->is_array()) {
      return Fail(ErrorCode::kInvalid, "spec." + std::string(field) + " must be a list");
    }
    for (std::size_t i = 0; i < list->size(); ++i) {
      Container container = TRY(ReadContainer((*list)[i], init, i));
      if (init) pod.init_containers.push_back(container.name);
      if (!init)
        pod.containers.push_back(std::move(container));
      else if (TextMember(&(*list)[i], "restartPolicy") == "Always")
        pod.sidecars.push_back(std::move(container));
    }
  }
  return {};
}

}  // namespace

const std::string* Container::Asked(std::string_view resource) const {
  if (const auto limit = limits.find(resource); limit != limits.end()) return &limit->second;
  if (const auto request = requests.find(resource); request != requests.end())
    return &request->second;
  return nullptr;
}

const std::string* Pod::Annotation(std::string_view key) const {
  const auto found = annotations.find(key);
  return found == annotations.end() ? nullptr : &found->second;
}

Result<Pod> ReadPodHead(const Json& json) {
  if (!json.is_object()) return Fail(ErrorCode::kInvalid, "the pod must be an object");
  Pod pod;
  for (const std::string_view part : {"metadata", "spec"}) {
    const Json* there = Member(&json, part);
    if (there != nullptr && !there->is_object()) {
      return Fail(ErrorCode::kInvalid, std::string(part) + " must be a map");
    }
  }
  pod.annotations =
      TRY(ReadStringMap(Member(Member(&json, "metadata"), "annotations"), "metadata.annotations"));
  const Json* host_network = Member(Member(&json, "spec"), "hostNetwork");
  pod.host_network =
      host_network != nullptr && host_network->is_boolean() && host_network->get<bool>();
  return pod;
}

Result<Pod> ReadPod(const Json& json) {
  Pod pod = TRY(ReadPodHead(json));
  TRY(ReadContainers(Member(&json, "spec"), pod));
  return pod;
}

}  // namespace railhook

#pragma once
// What injection reads of a pod. The pod itself stays raw JSON, so that no field of it can get
// lost.

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "k8sclient/object.h"

namespace railhook {

struct Container {
  std::string name;
  bool init = false;     // stands in spec.initContainers
  std::size_t position;  // in its list
  StringMap limits;      // resource -> quantity as the pod writes it
  StringMap requests;
  bool has_claims = false;

  // What it asks for of a resource: its limit, else its request, else null.
  const std::string* Asked(std::string_view resource) const;
};

struct Pod {
  StringMap annotations;
  bool host_network = false;
  std::vector<Container> containers;
  std::vector<Container> sidecars;  // native ones: init containers with restartPolicy Always
  std::vector<std::string> init_containers;  // names of all init containers

  const std::string* Annotation(std::string_view key) const;
};

// Only annotations and host_network, which decide whether the pod asks at all. kInvalid names a
// field of the wrong type.
Result<Pod> ReadPodHead(const nlohmann::json& pod);

// The whole of it.
Result<Pod> ReadPod(const nlohmann::json& pod);

}  // namespace railhook

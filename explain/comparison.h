#pragma once
// A pod that exists, beside what injection would do with it today. Pure.

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "explain/explanation.h"
#include "webhook/inject/resources.h"

namespace railhook {

// What railhook.io/status says of an injection.
struct InjectionStatus {
  std::string classes;
  std::string key;
  std::vector<std::string> rails;
  ResourceCounts resources;
  std::string container;
};

// nullopt where the pod carries none that can be read.
std::optional<InjectionStatus> ReadStatus(const nlohmann::json& pod);

// The pod without the networks that its status names, so that injection starts from the pod's own.
nlohmann::json WithoutRails(nlohmann::json pod, std::string_view pod_namespace);

// What is different today, a line each: rails that joined or left, their order, units. `today`
// explains the pod WithoutRails.
std::vector<std::string> Differences(const nlohmann::json& pod, std::string_view pod_namespace,
                                     const InjectionStatus& then, const Explanation& today);

// Where a pod of an API server stands.
struct PodState {
  std::string phase;
  std::string node;         // "" where it has none yet
  std::string unscheduled;  // what its condition PodScheduled says where that is False
};
PodState ReadPodState(const nlohmann::json& pod);

}  // namespace railhook

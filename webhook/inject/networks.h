#pragma once
// The networks annotation of a pod (Network Plumbing Working Group, multi-network
// specification 4.1): what it holds, and what it holds with the rails.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "multus/rail_index.h"
#include "webhook/inject/config.h"
#include "webhook/inject/pod.h"

namespace railhook {

inline constexpr std::string_view kNetworksAnnotation = "k8s.v1.cni.cncf.io/networks";
inline constexpr std::string_view kDefaultNetworkAnnotation = "v1.multus-cni.io/default-network";
inline constexpr std::string_view kExistingNetworksAnnotation = "railhook.io/existing-networks";

// One network that a pod names.
struct NetworkSelection {
  std::string name_space;
  std::string name;
  std::string interface;  // that it asks to be called; "" leaves it to Multus
  bool plain = true;      // nothing but namespace and name
  std::string json;       // as an element of the JSON form, all fields kept

  // "namespace/name".
  std::string Id() const { return name_space + '/' + name; }
};

// The networks in an annotation's value: the JSON list, or "ns/name@interface, ...". Names without
// a namespace are in `default_namespace`. kInvalid says what is malformed.
Result<std::vector<NetworkSelection>> ParseNetworks(std::string_view value,
                                                    std::string_view default_namespace);

struct NetworksPlan {
  std::string annotation;                // the new value
  std::vector<const Rail*> attachments;  // of each known network that the pod ends up with, once
                                         // for each time it is attached
  std::vector<std::string> warnings;
};

// What becomes of the pod's own networks beside the rails. kInvalid, with a message for the pod's
// author, where it is refused.
Result<NetworksPlan> PlanNetworks(const Pod& pod, std::string_view pod_namespace,
                                  const std::vector<const Rail*>& rails, const RailIndex& index,
                                  ExistingNetworks configured);

}  // namespace railhook

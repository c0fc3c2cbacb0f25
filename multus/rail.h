#pragma once
// A rail: one network that a pod can be attached to, with all that injection needs to know of it.

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "k8sclient/object.h"

namespace railhook {

// The annotation that asks for rails, and that says which class a rail is in.
enum class InjectKey {
  kRdma,  // cni.spidernet.io/rdma-resource-inject: every rail must have a resource and an address
          // pool
  kNetwork,  // cni.spidernet.io/network-resource-inject: plain underlay networks as well
};
std::string_view AnnotationOf(InjectKey key);

// The value that opts out; no class may be called so.
inline constexpr std::string_view kOptOut = "none";

inline constexpr std::string_view kClassesAnnotation = "railhook.io/classes";
inline constexpr std::string_view kResourceAnnotation = "railhook.io/resource";
inline constexpr std::string_view kSharedAnnotation = "railhook.io/shared";
inline constexpr std::string_view kOrderAnnotation = "railhook.io/order";
inline constexpr std::string_view kCrNameAnnotation = "multus.spidernet.io/cr-name";
inline constexpr std::string_view kDeviceResourceAnnotation = "k8s.v1.cni.cncf.io/resourceName";
inline constexpr std::string_view kNodeSelectorAnnotation = "k8s.v1.cni.cncf.io/nodeSelector";

// What keeps an object from being a rail.
struct Problem {
  std::string pointer;     // JSON pointer of the field in the object
  std::string text;        // names the field, quotes its value, says what to write
  bool rdma_only = false;  // only where the rdma key asks

  bool operator==(const Problem&) const = default;
};

enum class RailSource { kSpiderMultusConfig, kNetworkAttachmentDefinition };
std::string_view KindOf(RailSource source);

// Small, and its members ordered for that, as a cluster may have ten thousand.
struct Rail {
  RailSource source = RailSource::kSpiderMultusConfig;
  bool exclusive = false;     // each attachment takes a unit of the resource; else one serves all
  bool has_own_ipam = false;  // needs no pool
  bool deleting = false;
  std::string name_space;
  std::string name;  // of the NetworkAttachmentDefinition, which is what Multus looks for
  std::string smc;   // the SpiderMultusConfig that it is, or that owns it; "": none
  std::string cni_type;
  std::string resource;  // "" where it has none
  std::vector<std::string> pools;
  std::optional<double> order;
  std::string sort_name;
  std::string node_selector;

  std::vector<std::string> rdma_classes;
  std::vector<std::string> network_classes;

  std::vector<Problem> problems;

  // "namespace/name" of the network.
  std::string Id() const { return name_space + '/' + name; }
  // The name of the object that the rail was read from.
  const std::string& ObjectName() const;
  // "SpiderMultusConfig spiderpool/gpu1-sriov".
  std::string Object() const;
  const std::vector<std::string>& Classes(InjectKey key) const;
  // All that keeps this rail from serving a pod that asks with `key`.
  std::vector<Problem> ProblemsFor(InjectKey key) const;

  bool operator==(const Rail&) const = default;
};

// One rail for all who know it: the store of a watch, and each index that is made from it.
using SharedRail = std::shared_ptr<const Rail>;

// The rail of a SpiderMultusConfig (spiderpool.spidernet.io/v2beta1). Today's fields, and the older
// forms spec.ippools, enableRdma and sriov.matchMasterSubnet. What is wrong with it stands in its
// problems.
Rail RailOfSpiderMultusConfig(const ObjectMeta& meta, const nlohmann::json& object);

// The rail of a NetworkAttachmentDefinition (k8s.cni.cncf.io/v1).
Rail RailOfNetworkAttachmentDefinition(const ObjectMeta& meta, const nlohmann::json& object);

// The order in which a pod gets its rails, which decides what net1, net2, ... are:
// railhook.io/order, then the name of the device, then namespace and name; digits in names compare
// as numbers.
bool ComesBefore(const Rail& a, const Rail& b);

}  // namespace railhook

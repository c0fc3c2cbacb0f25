#pragma once
// All rails of a cluster, found by class in one look-up. Immutable: a change makes a new index.

#include <map>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "k8sclient/object.h"
#include "multus/rail.h"

namespace railhook {

// A Namespace's own pools, which beat those of the rails.
inline constexpr std::string_view kDefaultIpv4PoolAnnotation =
    "ipam.spidernet.io/default-ipv4-ippool";
inline constexpr std::string_view kDefaultIpv6PoolAnnotation =
    "ipam.spidernet.io/default-ipv6-ippool";

// What counts of a Namespace.
struct NamespaceMeta {
  StringMap annotations;  // those that railhook and Spiderpool's IPAM go by
  std::string inherit;    // the label railhook.io/inherit, or ""

  // Whether the API server calls for pods that don't ask themselves.
  bool Inherits() const { return inherit == "true" || inherit == "gpu"; }

  bool operator==(const NamespaceMeta&) const = default;
};

NamespaceMeta ReadNamespace(const ObjectMeta& meta);

// What an index is made from.
struct ClusterObjects {
  std::vector<SharedRail> spider_multus_configs;
  std::vector<SharedRail> network_attachment_definitions;
  std::map<std::string, NamespaceMeta, std::less<>> namespaces;
  std::vector<std::string> pools;  // names of SpiderIPPools
};

// Whether a rail may serve pods of a namespace, or why not.
enum class Reach {
  kServes,
  kDeleting,           // it is on its way out
  kOwnNamespaceOnly,   // a NetworkAttachmentDefinition of a namespace that isn't in railNamespaces
  kNamespaceNotListed  // a SpiderMultusConfig of a namespace that isn't in railNamespaces
};
Reach ReachOf(const Rail& rail, std::string_view pod_namespace,
              const std::vector<std::string>& rail_namespaces);

class RailIndex {
 public:
  using Id = std::pair<std::string_view, std::string_view>;  // a network's namespace and name

  explicit RailIndex(ClusterObjects objects);

  // The rails of a class that can serve pods of `pod_namespace`, in the order in which pods get
  // them; none where nobody has heard of the class. `rail_namespaces` (empty: all) are those whose
  // SpiderMultusConfigs may join a class, and whose NetworkAttachmentDefinitions serve other
  // namespaces. The pointers live as long as the index.
  std::vector<const Rail*> Find(InjectKey key, std::string_view name,
                                std::string_view pod_namespace,
                                const std::vector<std::string>& rail_namespaces) const;

  // The network that Multus would find under this name, or null where none is known.
  const Rail* FindNetwork(std::string_view name_space, std::string_view name) const;

  // The rail of this index that equals `rail`, else a new one: what is read again takes no memory
  // twice.
  SharedRail Share(Rail rail) const;

  // The namespace, or null where it isn't known.
  const NamespaceMeta* FindNamespace(std::string_view name) const;

  // Every class of a key, sorted.
  std::vector<std::string> Classes(InjectKey key) const;

  // Every network, in order, those without a class included.
  auto rails() const {
    return std::views::transform(rails_,
                                 [](const SharedRail& rail) -> const Rail& { return *rail; });
  }
  const std::map<std::string, NamespaceMeta, std::less<>>& namespaces() const {
    return namespaces_;
  }

  // The pools that a rail names and that don't exist (a trailing * stands for anything); none where
  // no pool is known at all.
  std::vector<std::string> UnknownPools(const Rail& rail) const;

 private:
  using ClassMap =
      std::map<std::string, std::vector<std::size_t>, std::less<>>;  // positions in rails_

  void AddNetworks(const std::vector<SharedRail>& networks);
  void SortById();
  std::vector<std::size_t>::const_iterator LowerBound(const Id& id) const;
  void MarkClashes();
  void MarkClash(std::span<const std::size_t> positions);
  void AddToClasses(std::size_t position);

  std::vector<SharedRail> rails_;
  ClassMap rdma_;
  ClassMap network_;
  std::vector<std::size_t> by_id_;  // positions in rails_, sorted by the ids there
  std::map<std::string, NamespaceMeta, std::less<>> namespaces_;
  std::vector<std::string> pools_;
};

}  // namespace railhook

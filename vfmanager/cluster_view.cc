#include "vfmanager/cluster_view.h"

#include <utility>

#include "base/json.h"
#include "k8sclient/watch/store.h"

namespace railhook {
namespace {

// The labels by which sriov-network-operator's chart finds its daemon.
constexpr std::string_view kForeignDaemon = "app=sriov-network-config-daemon";

std::string NameOf(const Json& object) { return TextMember(Member(&object, "metadata"), "name"); }

// Enough to read the object again: what identifies it, and its spec.
std::string SavedText(const Json& object) {
  const Json* metadata = Member(&object, "metadata");
  Json saved = {
      {"apiVersion", TextMember(&object, "apiVersion")},
      {"kind", TextMember(&object, "kind")},
      {"metadata",
       {{"name", TextMember(metadata, "name")}, {"namespace", TextMember(metadata, "namespace")}}}};
  if (const Json* spec = Member(&object, "spec")) saved["spec"] = *spec;
  return Compact(saved);
}

template <typename T>
std::optional<KnownObject<T>> Known(const Json& object, Result<T> read) {
  KnownObject<T> known{NameOf(object), {}, {}, SavedText(object)};
  if (read)
    known.value = std::move(read).Take();
  else
    known.error = read.error().message;
  return known;
}

StringMap MapAt(const Json* object, std::string_view key) {
  auto map = ReadStringMap(Member(object, key), key);
  return map ? std::move(map).Take() : StringMap();
}

std::optional<KnownNode> NodeOf(const Json& object) {
  const Json* metadata = Member(&object, "metadata");
  const Json* unschedulable = Member(Member(&object, "spec"), "unschedulable");
  return KnownNode{TextMember(metadata, "uid"), MapAt(metadata, "labels"),
                   unschedulable != nullptr && *unschedulable == Json(true),
                   MapAt(metadata, "annotations").contains(kCordonAnnotation)};
}

// An empty list or object is as good as none.
bool HasSpec(const Json& object) {
  const Json* spec = Member(&object, "spec");
  if (spec == nullptr || !spec->is_object()) return false;
  for (const auto& [key, value] : spec->items())
    if (!value.empty()) return true;
  return false;
}

std::optional<KnownNodeState> NodeStateOf(const Json& object) {
  const Json* metadata = Member(&object, "metadata");
  const Json* status = Member(&object, "status");
  return KnownNodeState{TextMember(metadata, "uid"), HasSpec(object),
                        MapAt(metadata, "annotations"), status ? Compact(*status) : ""};
}

Selection ForeignDaemons(const std::string& node) {
  Selection selection = Selection::AllMetadata(kPods);
  selection.label_selector = kForeignDaemon;
  selection.field_selector = "spec.nodeName=" + node;
  return selection;
}

Selection In(const ResourceType& type, const std::string& name_space) {
  Selection selection = Selection::All(type);
  selection.name_space = name_space;
  return selection;
}

template <typename T>
std::vector<T> All(const Store<T>& store) {
  std::vector<T> all;
  store.ForEach([&](const std::string&, const auto& value) { all.push_back(*value); });
  return all;
}

template <typename T>
std::optional<T> Only(const Store<T>& store) {
  auto all = All(store);
  if (all.empty()) return std::nullopt;
  return std::move(all.front());
}

}  // namespace

struct ClusterView::Impl {
  const std::string node_name;
  Store<KnownPolicy> policies;
  Store<KnownPool> pools;
  Store<KnownNode> nodes;
  Store<KnownNodeState> states;
  Store<std::string> foreign;
  Reflector policy_watch;  // the reflectors last: their threads end before what they use
  Reflector pool_watch;
  Reflector node_watch;
  Reflector state_watch;
  Reflector foreign_watch;

  Impl(Transport& transport, const std::string& name_space, const std::string& node,
       const std::function<void()>& changed)
      : node_name(node),
        policies([](const Json& object) { return Known(object, ReadNodePolicy(object)); }, changed),
        pools([](const Json& object) { return Known(object, ReadPoolConfig(object)); }, changed),
        nodes(NodeOf, changed),
        states(NodeStateOf, changed),
        foreign([](const Json& object) { return std::optional(KeyOf(object)); }, changed),
        policy_watch(transport, In(kSriovNetworkNodePolicies, name_space), policies),
        pool_watch(transport, In(kSriovNetworkPoolConfigs, name_space), pools),
        node_watch(transport, Selection::One(kNodes, "", node), nodes),
        state_watch(transport, Selection::One(kSriovNetworkNodeStates, name_space, node), states),
        foreign_watch(transport, ForeignDaemons(node), foreign) {}

  // Where there is no CRD all policies would seem gone, and all VFs with them.
  std::string Unknown() const {
    for (const auto& [synced, what] :
         {std::pair(policies.synced(), "SriovNetworkNodePolicies"),
          std::pair(pools.synced(), "SriovNetworkPoolConfigs"), std::pair(nodes.synced(), "Nodes"),
          std::pair(states.synced(), "SriovNetworkNodeStates"),
          std::pair(foreign.synced(), "pods of sriov-network-config-daemon")}) {
      if (!synced) return std::string(what) + " haven't been read yet";
    }
    if (policy_watch.status().absent) return "there is no CRD of SriovNetworkNodePolicies";
    if (state_watch.status().absent) return "there is no CRD of SriovNetworkNodeStates";
    if (!Only(nodes)) return "there is no Node " + node_name;
    return "";
  }
};

ClusterView::ClusterView(Transport& transport, const std::string& name_space,
                         const std::string& node, std::function<void()> changed)
    : impl_(std::make_unique<Impl>(transport, name_space, node, changed)) {}

ClusterView::~ClusterView() = default;

ClusterPicture ClusterView::Picture() const {
  ClusterPicture picture;
  picture.unknown = impl_->Unknown();  // the CRD has come before what is read, ...
  picture.policies = All(impl_->policies);
  picture.pools = All(impl_->pools);
  picture.node = Only(impl_->nodes).value_or(KnownNode());
  picture.state = Only(impl_->states);
  picture.foreign_daemons = All(impl_->foreign);
  if (picture.unknown.empty()) picture.unknown = impl_->Unknown();  // ... and hasn't gone after
  return picture;
}

std::string ClusterView::trouble() const {
  for (const Reflector* watch : {&impl_->policy_watch, &impl_->pool_watch, &impl_->node_watch,
                                 &impl_->state_watch, &impl_->foreign_watch}) {
    const auto status = watch->status();
    if (!status.error.empty() && !status.absent) return status.error;
  }
  return "";
}

}  // namespace railhook

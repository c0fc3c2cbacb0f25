#include "multus/rail_index.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/contains.h"
#include "multus/rail_annotations.h"

namespace railhook {
namespace {

bool Matches(std::string_view pattern, std::string_view name) {
  if (!pattern.ends_with('*')) return pattern == name;
  return name.starts_with(pattern.substr(0, pattern.size() - 1));
}

using Id = RailIndex::Id;

Id IdOf(const Rail& rail) { return {rail.name_space, rail.name}; }
Id IdOfShared(const SharedRail& rail) { return IdOf(*rail); }

Problem ClashWith(const Rail& other) {
  return {AnnotationPointer(kCrNameAnnotation),
          other.Object() + " makes the NetworkAttachmentDefinition " + other.Id() +
              " too: change " + AnnotationField(kCrNameAnnotation) + " of one"};
}

}  // namespace

Reach ReachOf(const Rail& rail, std::string_view pod_namespace,
              const std::vector<std::string>& rail_namespaces) {
  if (rail.deleting) return Reach::kDeleting;
  if (Contains(rail_namespaces, rail.name_space)) return Reach::kServes;
  if (rail.source == RailSource::kNetworkAttachmentDefinition)
    return rail.name_space == pod_namespace ? Reach::kServes : Reach::kOwnNamespaceOnly;
  return rail_namespaces.empty() ? Reach::kServes : Reach::kNamespaceNotListed;
}

NamespaceMeta ReadNamespace(const ObjectMeta& meta) {
  NamespaceMeta read;
  for (const std::string_view key :
       {AnnotationOf(InjectKey::kRdma), AnnotationOf(InjectKey::kNetwork),
        kDefaultIpv4PoolAnnotation, kDefaultIpv6PoolAnnotation}) {
    if (const std::string* value = meta.Annotation(key)) read.annotations.emplace(key, *value);
  }
  const auto label = meta.labels.find("railhook.io/inherit");
  if (label != meta.labels.end()) read.inherit = label->second;
  return read;
}

RailIndex::RailIndex(ClusterObjects objects)
    : rails_(std::move(objects.spider_multus_configs)),
      namespaces_(std::move(objects.namespaces)),
      pools_(std::move(objects.pools)) {
  AddNetworks(objects.network_attachment_definitions);
  rails_.shrink_to_fit();
  const auto before = [](const SharedRail& a, const SharedRail& b) { return ComesBefore(*a, *b); };
  std::stable_sort(rails_.begin(), rails_.end(), before);
  SortById();
  MarkClashes();
  for (std::size_t i = 0; i < rails_.size(); ++i) AddToClasses(i);
}

// Those that SpiderMultusConfigs make are known already.
void RailIndex::AddNetworks(const std::vector<SharedRail>& networks) {
  std::ranges::stable_sort(rails_, {}, IdOfShared);
  const std::size_t configured = rails_.size();
  for (const SharedRail& network : networks) {
    const auto end = rails_.begin() + static_cast<std::ptrdiff_t>(configured);
    const bool known =
        std::ranges::binary_search(rails_.begin(), end, IdOf(*network), {}, IdOfShared);
    if (!known) rails_.push_back(network);
  }
}

std::vector<std::size_t>::const_iterator RailIndex::LowerBound(const Id& id) const {
  return std::ranges::lower_bound(by_id_, id, {},
                                  [this](std::size_t i) { return IdOf(*rails_[i]); });
}

void RailIndex::SortById() {
  by_id_.resize(rails_.size());
  std::iota(by_id_.begin(), by_id_.end(), std::size_t{0});
  std::ranges::stable_sort(by_id_, {}, [this](std::size_t i) { return IdOf(*rails_[i]); });
}

// Of objects that make one network none can be trusted to be the one that Multus finds.
void RailIndex::MarkClashes() {
  for (auto begin = by_id_.begin(), end = begin; begin != by_id_.end(); begin = end) {
    const Id id = IdOf(*rails_[*begin]);
    end = std::find_if(begin, by_id_.end(), [&](std::size_t i) { return IdOf(*rails_[i]) != id; });
    if (end - begin > 1) MarkClash({begin, end});
  }
}

void RailIndex::MarkClash(std::span<const std::size_t> positions) {
  auto first = std::make_shared<Rail>(*rails_[positions.front()]);
  for (const std::size_t position : positions.subspan(1)) {
    auto other = std::make_shared<Rail>(*rails_[position]);
    other->problems.push_back(ClashWith(*first));
    first->problems.push_back(ClashWith(*other));
    rails_[position] = std::move(other);
  }
  rails_[positions.front()] = std::move(first);
}

void RailIndex::AddToClasses(std::size_t position) {
  for (const auto& name : rails_[position]->rdma_classes) rdma_[name].push_back(position);
  for (const auto& name : rails_[position]->network_classes) network_[name].push_back(position);
}

std::vector<const Rail*> RailIndex::Find(InjectKey key, std::string_view name,
                                         std::string_view pod_namespace,
                                         const std::vector<std::string>& rail_namespaces) const {
  std::vector<const Rail*> rails;
  const ClassMap& classes = key == InjectKey::kRdma ? rdma_ : network_;
  const auto found = classes.find(name);
  if (found == classes.end()) return rails;
  for (const std::size_t position : found->second) {
    const Rail& rail = *rails_[position];
    if (ReachOf(rail, pod_namespace, rail_namespaces) == Reach::kServes) rails.push_back(&rail);
  }
  return rails;
}

const Rail* RailIndex::FindNetwork(std::string_view name_space, std::string_view name) const {
  const Id id(name_space, name);
  const auto found = LowerBound(id);
  return found == by_id_.end() || IdOf(*rails_[*found]) != id ? nullptr : rails_[*found].get();
}

SharedRail RailIndex::Share(Rail rail) const {
  const auto own = LowerBound(IdOf(rail));
  if (own != by_id_.end() && *rails_[*own] == rail) return rails_[*own];
  return std::make_shared<const Rail>(std::move(rail));
}

const NamespaceMeta* RailIndex::FindNamespace(std::string_view name) const {
  const auto found = namespaces_.find(name);
  return found == namespaces_.end() ? nullptr : &found->second;
}

std::vector<std::string> RailIndex::Classes(InjectKey key) const {
  std::vector<std::string> names;
  for (const auto& [name, rails] : key == InjectKey::kRdma ? rdma_ : network_)
    names.push_back(name);
  return names;
}

std::vector<std::string> RailIndex::UnknownPools(const Rail& rail) const {
  std::vector<std::string> unknown;
  if (pools_.empty()) return unknown;
  for (const std::string& pool : rail.pools) {
    const bool known = std::any_of(pools_.begin(), pools_.end(),
                                   [&](const std::string& name) { return Matches(pool, name); });
    if (!known) unknown.push_back(pool);
  }
  return unknown;
}

}  // namespace railhook

#include "multus/rail_index.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/contains.h"
#include "base/text.h"
#include "multus/rail_annotations.h"

namespace railhook {
namespace {

bool Matches(std::string_view pattern, std::string_view name) {
  if (!pattern.ends_with('*')) return pattern == name;
  return name.starts_with(pattern.substr(0, pattern.size() - 1));
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
  std::set<std::string> configured;
  for (const Rail& rail : rails_) configured.insert(rail.Id());
  for (Rail& rail : objects.network_attachment_definitions) {
    if (!configured.contains(rail.Id())) rails_.push_back(std::move(rail));
  }
  std::stable_sort(rails_.begin(), rails_.end(), ComesBefore);
  MarkClashes();
  for (std::size_t i = 0; i < rails_.size(); ++i) AddToClasses(i);
}

// Two objects that make one network: neither can be trusted to be the one that Multus finds.
void RailIndex::MarkClashes() {
  for (std::size_t i = 0; i < rails_.size(); ++i) {
    const auto [found, first] = by_id_.emplace(rails_[i].Id(), i);
    if (first) continue;
    const auto mark = [](Rail& rail, const Rail& other) {
      rail.problems.push_back({AnnotationPointer(kCrNameAnnotation),
                               other.Object() + " makes the NetworkAttachmentDefinition " +
                                   other.Id() + " too: change " +
                                   AnnotationField(kCrNameAnnotation) + " of one"});
    };
    mark(rails_[i], rails_[found->second]);
    mark(rails_[found->second], rails_[i]);
  }
}

void RailIndex::AddToClasses(std::size_t position) {
  for (const auto& name : rails_[position].rdma_classes) rdma_[name].push_back(position);
  for (const auto& name : rails_[position].network_classes) network_[name].push_back(position);
}

std::vector<const Rail*> RailIndex::Find(InjectKey key, std::string_view name,
                                         std::string_view pod_namespace,
                                         const std::vector<std::string>& rail_namespaces) const {
  std::vector<const Rail*> rails;
  const ClassMap& classes = key == InjectKey::kRdma ? rdma_ : network_;
  const auto found = classes.find(name);
  if (found == classes.end()) return rails;
  for (const std::size_t position : found->second) {
    if (ReachOf(rails_[position], pod_namespace, rail_namespaces) == Reach::kServes)
      rails.push_back(&rails_[position]);
  }
  return rails;
}

const Rail* RailIndex::FindNetwork(std::string_view name_space, std::string_view name) const {
  const auto found = by_id_.find(std::string(name_space) + '/' + std::string(name));
  return found == by_id_.end() ? nullptr : &rails_[found->second];
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

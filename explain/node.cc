#include "explain/node.h"

#include <algorithm>
#include <limits>

#include "base/json.h"
#include "k8sclient/quantity.h"

namespace railhook {
namespace {

ResourceAmounts ReadAllocatable(const Json& object) {
  ResourceAmounts amounts;
  const auto quantities =
      ReadStringMap(Member(Member(&object, "status"), "allocatable"), "status.allocatable");
  if (!quantities) return amounts;
  for (const auto& [resource, quantity] : *quantities)
    amounts[resource] = ParseAmount(resource, quantity).value_or(0);
  return amounts;
}

std::vector<Taint> ReadTaints(const Json* spec) {
  std::vector<Taint> taints;
  for (const Json& taint : ItemsOf(spec, "taints")) {
    taints.push_back(
        {TextMember(&taint, "key"), TextMember(&taint, "value"), TextMember(&taint, "effect")});
  }
  return taints;
}

}  // namespace

std::int64_t AmountOf(const ResourceAmounts& amounts, std::string_view resource) {
  const auto found = amounts.find(resource);
  return found == amounts.end() ? 0 : found->second;
}

void Add(ResourceAmounts& amounts, const ResourceAmounts& more) {
  for (const auto& [resource, amount] : more) {
    std::int64_t& sum = amounts[resource];
    if (__builtin_add_overflow(sum, amount, &sum)) sum = std::numeric_limits<std::int64_t>::max();
  }
}

std::string Taint::Text() const { return key + (value.empty() ? "" : '=' + value) + ':' + effect; }

std::int64_t Node::Free(std::string_view resource) const {
  return std::max<std::int64_t>(0, AmountOf(allocatable, resource) - AmountOf(requested, resource));
}

Node ReadNode(const Json& object) {
  Node node;
  const Json* meta = Member(&object, "metadata");
  const Json* spec = Member(&object, "spec");
  node.name = TextMember(meta, "name");
  node.labels = ReadStringMap(Member(meta, "labels"), "metadata.labels").value_or(StringMap());
  const Json* unschedulable = Member(spec, "unschedulable");
  node.unschedulable = unschedulable != nullptr && *unschedulable == true;
  node.taints = ReadTaints(spec);
  node.allocatable = ReadAllocatable(object);
  return node;
}

}  // namespace railhook

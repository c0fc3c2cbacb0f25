#include "explain/node_fit.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/text.h"
#include "k8sclient/quantity.h"

namespace railhook {
namespace {

// A cordoned node has it as well; people think of the cordon.
constexpr std::string_view kCordonTaint = "node.kubernetes.io/unschedulable";

bool KeepsPodsOut(const Taint& taint) {
  return taint.effect == "NoSchedule" || taint.effect == "NoExecute";
}

// What one node lacks.
class Judge {
 public:
  Judge(const PodNeeds& pod, const Node& node) : pod_(pod), node_(node) {}

  std::vector<Lack> Lacks() && {
    if (!pod_.node_name.empty() && pod_.node_name != node_.name)
      Add(Lack::Kind::kOtherNode, pod_.node_name);
    JudgeCordon();
    JudgeSelector();
    JudgeTaints();
    for (const auto& [resource, asked] : pod_.requests) JudgeResource(resource, asked);
    std::stable_sort(lacks_.begin(), lacks_.end(), [](const Lack& a, const Lack& b) {
      return a.kind != b.kind ? a.kind < b.kind : CompareNatural(a.what, b.what) < 0;
    });
    return std::move(lacks_);
  }

 private:
  void Add(Lack::Kind kind, std::string what) { lacks_.push_back({kind, std::move(what)}); }

  void JudgeCordon() {
    const Taint cordon{std::string(kCordonTaint), "", "NoSchedule"};
    if (node_.unschedulable && !pod_.Tolerates(cordon)) Add(Lack::Kind::kUnschedulable, "");
  }

  void JudgeSelector() {
    for (const auto& [key, value] : pod_.node_selector) {
      const auto label = node_.labels.find(key);
      if (label == node_.labels.end() || label->second != value)
        Add(Lack::Kind::kSelector, key + '=' + value);
    }
  }

  void JudgeTaints() {
    for (const Taint& taint : node_.taints) {
      if (KeepsPodsOut(taint) && taint.key != kCordonTaint && !pod_.Tolerates(taint))
        Add(Lack::Kind::kTaint, taint.Text());
    }
  }

  void JudgeResource(const std::string& resource, std::int64_t asked) {
    const std::int64_t free = node_.Free(resource);
    if (free >= asked) return;
    const std::int64_t allocatable = AmountOf(node_.allocatable, resource);
    const auto kind = allocatable == 0 ? Lack::Kind::kNotOffered : Lack::Kind::kNotFree;
    lacks_.push_back({kind, resource, free, allocatable});
  }

  const PodNeeds& pod_;
  const Node& node_;
  std::vector<Lack> lacks_;
};

ResourceSupply SupplyOf(const std::string& resource, std::int64_t asked,
                        const std::vector<Node>& nodes) {
  ResourceSupply supply;
  supply.resource = resource;
  supply.asked = asked;
  for (const Node& node : nodes) {
    const std::int64_t allocatable = AmountOf(node.allocatable, resource);
    supply.offering += allocatable > 0 ? 1 : 0;
    supply.enough += node.Free(resource) >= asked ? 1 : 0;
    supply.free += node.Free(resource);
    supply.allocatable += allocatable;
  }
  return supply;
}

// What makes nodes one group: numbers don't.
using GroupKey = std::vector<std::pair<Lack::Kind, std::string>>;

GroupKey KeyOf(const std::vector<Lack>& lacks) {
  GroupKey key;
  for (const Lack& lack : lacks) key.emplace_back(lack.kind, lack.what);
  return key;
}

// The text of what all nodes of a group lack; they may differ in numbers.
std::string TextOf(const std::vector<const NodeVerdict*>& members, std::size_t position) {
  const Lack* most = &members.front()->lacks[position];
  bool same = true;
  for (const NodeVerdict* member : members) {
    const Lack& lack = member->lacks[position];
    same = same && lack.free == most->free && lack.allocatable == most->allocatable;
    if (lack.free > most->free) most = &lack;
  }
  if (same || most->kind != Lack::Kind::kNotFree) return most->Text();
  return most->what + ": at most " + ShowAmount(most->what, most->free) + " free";
}

LackGroup GroupOf(const std::vector<const NodeVerdict*>& members) {
  LackGroup group;
  for (std::size_t i = 0; i < members.front()->lacks.size(); ++i)
    group.lacks.push_back(TextOf(members, i));
  for (const NodeVerdict* member : members) group.nodes.push_back(member->node->name);
  return group;
}

}  // namespace

std::string Lack::Text() const {
  switch (kind) {
    case Kind::kOtherNode:
      return "the pod is for node " + what;
    case Kind::kUnschedulable:
      return "cordoned";
    case Kind::kSelector:
      return "no label " + what;
    case Kind::kTaint:
      return "taint " + what;
    case Kind::kNotOffered:
      return "no " + what;
    case Kind::kNotFree:
      break;
  }
  return what + ": " + ShowAmount(what, free) + " free of " + ShowAmount(what, allocatable);
}

std::vector<std::string> NodeFit::Fitting() const {
  std::vector<std::string> names;
  for (const NodeVerdict& verdict : verdicts) {
    if (verdict.lacks.empty()) names.push_back(verdict.node->name);
  }
  return names;
}

std::vector<std::string> NodeFit::Unoffered() const {
  std::vector<std::string> resources;
  for (const ResourceSupply& supply : supplies) {
    if (supply.offering == 0) resources.push_back(supply.resource);
  }
  return resources;
}

std::vector<LackGroup> NodeFit::Groups() const {
  std::map<GroupKey, std::vector<const NodeVerdict*>> members;
  for (const NodeVerdict& verdict : verdicts) {
    if (!verdict.lacks.empty()) members[KeyOf(verdict.lacks)].push_back(&verdict);
  }
  std::vector<LackGroup> groups;
  for (const auto& [key, nodes] : members) groups.push_back(GroupOf(nodes));
  std::stable_sort(groups.begin(), groups.end(), [](const LackGroup& a, const LackGroup& b) {
    if (a.lacks.size() != b.lacks.size()) return a.lacks.size() < b.lacks.size();
    return a.nodes.size() > b.nodes.size();
  });
  return groups;
}

NodeFit FitNodes(const PodNeeds& pod, const std::vector<Node>& nodes) {
  NodeFit fit;
  for (const Node& node : nodes) fit.verdicts.push_back({&node, Judge(pod, node).Lacks()});
  std::stable_sort(fit.verdicts.begin(), fit.verdicts.end(),
                   [](const NodeVerdict& a, const NodeVerdict& b) {
                     return CompareNatural(a.node->name, b.node->name) < 0;
                   });
  for (const auto& [resource, asked] : pod.requests)
    fit.supplies.push_back(SupplyOf(resource, asked, nodes));
  std::stable_sort(fit.supplies.begin(), fit.supplies.end(),
                   [](const ResourceSupply& a, const ResourceSupply& b) {
                     return CompareNatural(a.resource, b.resource) < 0;
                   });
  fit.not_judged = pod.not_judged;
  return fit;
}

}  // namespace railhook

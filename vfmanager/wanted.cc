#include "vfmanager/wanted.h"

#include <algorithm>
#include <utility>

#include "base/json.h"

namespace railhook {
namespace {

// Of what can't be read as a whole; where the selector can't be read either, it may choose any
// node.
bool PolicyMayChoose(const std::string& text, const StringMap& labels) {
  const auto object = ParseJson(text);
  if (!object) return true;
  const auto selector = ReadStringMap(Member(Member(&*object, "spec"), "nodeSelector"), "");
  return !selector || LabelSelector{*selector, {}}.Fits(labels);
}

bool PoolMayChoose(const std::string& text, const StringMap& labels) {
  const auto object = ParseJson(text);
  if (!object) return true;
  const JsonField selector = JsonField{&*object, ""} / "spec" / "nodeSelector";
  if (selector.missing()) return true;
  FieldChecker check;
  const LabelSelector nodes = ReadLabelSelector(selector, check);
  return !std::move(check).Take().empty() || nodes.Fits(labels);
}

template <typename T>
std::vector<T> Readable(const std::vector<KnownObject<T>>& all) {
  std::vector<T> values;
  for (const KnownObject<T>& known : all)
    if (known.value) values.push_back(*known.value);
  return values;
}

void Add(WantedNode& wanted, std::string problem) {
  wanted.problems.push_back(std::move(problem));
  wanted.complete = false;
}

void FindUnreadable(const ClusterPicture& picture, WantedNode& wanted) {
  for (const KnownPolicy& policy : picture.policies) {
    if (policy.value || !PolicyMayChoose(policy.text, picture.node.labels)) continue;
    Add(wanted, "SriovNetworkNodePolicy " + policy.name + ": " + policy.error);
    wanted.unreadable.push_back(policy.name);
  }
  for (const KnownPool& pool : picture.pools) {
    if (!pool.value && PoolMayChoose(pool.text, picture.node.labels))
      Add(wanted, "SriovNetworkPoolConfig " + pool.name + ": " + pool.error);
  }
}

void FindPool(const ClusterPicture& picture, WantedNode& wanted) {
  const auto pools = Readable(picture.pools);
  const auto pool = PoolOf(picture.node.labels, pools);
  if (!pool) return Add(wanted, pool.error().message);
  if (*pool != nullptr) wanted.pool = **pool;
}

Json WithoutSelector(const std::string& text, const Json& selector) {
  Json object = ParseJson(text).value_or(Json::object());
  if (selector.is_null())
    object["spec"].erase("nodeSelector");
  else
    object["spec"]["nodeSelector"] = selector;
  return object;
}

}  // namespace

WantedNode WantedOf(const ClusterPicture& picture, const HostState& host) {
  WantedNode wanted;
  wanted.desired = MergePolicies(Readable(picture.policies), picture.node.labels, host.Nics());
  FindUnreadable(picture, wanted);
  FindPool(picture, wanted);
  return wanted;
}

std::string TextOfPolicies(const ClusterPicture& picture, const WantedNode& wanted) {
  Json items = Json::array();
  for (const KnownPolicy& policy : picture.policies) {
    if (policy.value && LabelSelector{policy.value->node_selector, {}}.Fits(picture.node.labels))
      items.push_back(WithoutSelector(policy.text, Json::object()));
  }
  for (const KnownPool& pool : picture.pools) {
    if (wanted.pool && pool.name == wanted.pool->name)
      items.push_back(WithoutSelector(pool.text, nullptr));
  }
  return Json{{"apiVersion", "v1"}, {"kind", "List"}, {"items", std::move(items)}}.dump(2) + '\n';
}

}  // namespace railhook

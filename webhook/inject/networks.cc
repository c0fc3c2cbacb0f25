#include "webhook/inject/networks.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "webhook/admission/response.h"

namespace railhook {
namespace {

// Multus looks there for a default network without a namespace of its own.
constexpr std::string_view kMultusNamespace = "kube-system";

using Networks = std::vector<NetworkSelection>;

Result<NetworkSelection> ReadElement(const OrderedJson& element,
                                     std::string_view default_namespace) {
  const std::string text = OneLine(Compact(element), 60);
  if (!element.is_object()) return Fail(ErrorCode::kInvalid, text + " is no object with a name");
  NetworkSelection network;
  network.name = MemberText(element, "name");
  if (network.name.empty()) return Fail(ErrorCode::kInvalid, text + " has no name");
  network.name_space = MemberText(element, "namespace");
  network.interface = MemberText(element, "interface");
  network.plain = element.size() == (network.name_space.empty() ? 1u : 2u);
  if (network.name_space.empty()) network.name_space = default_namespace;
  network.json = Compact(element);
  return network;
}

// Whether any object in it has so many fields that OrderedJson, whose time grows with the square of
// them, would be held up.
bool IsTooWide(const Json& value) {
  constexpr std::size_t kMostFields = 1000;
  if (value.is_object() && value.size() > kMostFields) return true;
  return value.is_structured() && std::any_of(value.begin(), value.end(), IsTooWide);
}

Result<Networks> ParseJsonForm(std::string_view value, std::string_view default_namespace) {
  Networks networks;
  if (IsTooWide(TRY(ParseJson(value))))
    return Fail(ErrorCode::kInvalid, "an object in it has over 1000 fields");
  const OrderedJson list = TRY(ParseOrderedJson(value));
  if (!list.is_array()) return Fail(ErrorCode::kInvalid, "it is no list");
  for (const OrderedJson& element : list)
    networks.push_back(TRY(ReadElement(element, default_namespace)));
  return networks;
}

// "ns/name@interface"
Result<NetworkSelection> ParseShort(std::string_view item, std::string_view default_namespace) {
  OrderedJson element;
  std::string_view rest = item;
  const auto slash = rest.find('/');
  const std::string_view name_space = slash == std::string_view::npos ? "" : rest.substr(0, slash);
  if (slash != std::string_view::npos) rest.remove_prefix(slash + 1);
  const auto at = rest.find('@');
  const std::string_view name = rest.substr(0, at);
  const std::string_view interface = at == std::string_view::npos ? "" : rest.substr(at + 1);
  const bool broken = name.empty() || (slash != std::string_view::npos && name_space.empty()) ||
                      (at != std::string_view::npos && interface.empty()) ||
                      rest.find_first_of("/ \t\n") != std::string_view::npos;
  if (broken) return Fail(ErrorCode::kInvalid, Quoted(item) + " is not namespace/name@interface");
  element["name"] = name;
  if (!name_space.empty()) element["namespace"] = name_space;
  if (!interface.empty()) element["interface"] = interface;
  return ReadElement(element, default_namespace);
}

Result<Networks> ParseShortForm(std::string_view value, std::string_view default_namespace) {
  Networks networks;
  while (true) {
    const auto comma = value.find(',');
    networks.push_back(TRY(ParseShort(Trim(value.substr(0, comma)), default_namespace)));
    if (comma == std::string_view::npos) return networks;
    value.remove_prefix(comma + 1);
  }
}

// Whether these are just the rails, in whatever form and order.
bool AreTheRails(const Networks& networks, const std::vector<const Rail*>& rails) {
  std::multiset<std::string> named, wanted;
  for (const NetworkSelection& network : networks) named.insert(network.Id());
  for (const Rail* rail : rails) wanted.insert(rail->Id());
  return named == wanted && std::all_of(networks.begin(), networks.end(),
                                        [](const NetworkSelection& n) { return n.plain; });
}

std::string ElementOf(const Rail& rail) {
  OrderedJson element;
  element["name"] = rail.name;
  element["namespace"] = rail.name_space;
  return Compact(element);
}

Result<ExistingNetworks> ChooseMode(const Pod& pod, ExistingNetworks configured) {
  const std::string* text = pod.Annotation(kExistingNetworksAnnotation);
  if (text == nullptr) return configured;
  const auto asked = ParseExistingNetworks(*text);
  if (!asked) {
    return Fail(ErrorCode::kInvalid, "annotation " + std::string(kExistingNetworksAnnotation) +
                                         " is " + Quoted(*text) + ": write replace, merge or deny");
  }
  return configured == ExistingNetworks::kDeny ? configured : *asked;
}

// Builds a plan: own networks first, then the rails that are not among them.
class Planner {
 public:
  Planner(const RailIndex& index, const std::vector<const Rail*>& rails)
      : index_(index), rails_(rails) {}

  NetworksPlan Plan(const Networks& kept) && {
    std::set<std::string> named;
    for (const NetworkSelection& network : kept) {
      Add(network.json, index_.FindNetwork(network.name_space, network.name));
      named.insert(network.Id());
    }
    for (const Rail* rail : rails_) {
      if (!named.contains(rail->Id())) Add(ElementOf(*rail), rail);
    }
    plan_.annotation += ']';
    return std::move(plan_);
  }

 private:
  void Add(const std::string& element, const Rail* network) {
    plan_.annotation += (plan_.annotation.empty() ? "[" : ",") + element;
    if (network != nullptr) plan_.attachments.push_back(network);
  }

  const RailIndex& index_;
  const std::vector<const Rail*>& rails_;
  NetworksPlan plan_;
};

tl::unexpected<Error> Refuse(std::string_view value, std::string_view why) {
  return Fail(ErrorCode::kInvalid, "annotation " + std::string(kNetworksAnnotation) + '=' +
                                       Quoted(OneLine(value, 200)) + ' ' + std::string(why));
}

Result<NetworksPlan> PlanOwnNetworks(const std::string& value, std::string_view pod_namespace,
                                     ExistingNetworks mode, const std::vector<const Rail*>& rails,
                                     const RailIndex& index) {
  const auto own = ParseNetworks(value, pod_namespace);
  if (own && mode == ExistingNetworks::kMerge) return Planner(index, rails).Plan(*own);
  NetworksPlan plan = Planner(index, rails).Plan({});
  if (own && (own->empty() || AreTheRails(*own, rails))) return plan;
  if (mode == ExistingNetworks::kMerge) {
    return Refuse(value, "can't be merged with the rails: " + own.error().message);
  }
  if (mode == ExistingNetworks::kDeny) {
    return Refuse(value, "names networks beside the rails, which is not allowed here: remove it");
  }
  plan.warnings.push_back(OneLine(
      "replaced by the rails: " + std::string(kNetworksAnnotation) + ": " + value, kMaxWarning));
  return plan;
}

// The default network stays whatever becomes of the others, and takes its share of a resource.
void AttachDefaultNetwork(const Pod& pod, const RailIndex& index, NetworksPlan& plan) {
  const std::string* value = pod.Annotation(kDefaultNetworkAnnotation);
  if (value == nullptr) return;
  const auto networks = ParseNetworks(*value, kMultusNamespace);
  if (!networks || networks->size() != 1) return;
  const Rail* network = index.FindNetwork(networks->front().name_space, networks->front().name);
  if (network != nullptr) plan.attachments.push_back(network);
}

}  // namespace

Result<Networks> ParseNetworks(std::string_view value, std::string_view default_namespace) {
  value = Trim(value);
  if (value.empty()) return Networks{};
  const bool json =
      value.find_first_of("[{\"") != std::string_view::npos;  // as Multus tells the forms apart
  return json ? ParseJsonForm(value, default_namespace) : ParseShortForm(value, default_namespace);
}

Result<NetworksPlan> PlanNetworks(const Pod& pod, std::string_view pod_namespace,
                                  const std::vector<const Rail*>& rails, const RailIndex& index,
                                  ExistingNetworks configured) {
  const ExistingNetworks mode = TRY(ChooseMode(pod, configured));
  const std::string* value = pod.Annotation(kNetworksAnnotation);
  NetworksPlan plan = value == nullptr
                          ? Planner(index, rails).Plan({})
                          : TRY(PlanOwnNetworks(*value, pod_namespace, mode, rails, index));
  AttachDefaultNetwork(pod, index, plan);
  return plan;
}

}  // namespace railhook

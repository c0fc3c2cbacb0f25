#include "multus/network_generation.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/text.h"
#include "k8sclient/object.h"
#include "multus/cni_types.h"
#include "multus/rail.h"
#include "multus/rail_annotations.h"
#include "multus/smc_defaults.h"
#include "multus/smc_validation.h"

namespace railhook {
namespace {

// kubectl's copy of the whole SMC, which means nothing on another object.
constexpr std::string_view kLastAppliedAnnotation =
    "kubectl.kubernetes.io/last-applied-configuration";
constexpr std::string_view kOvsResourcePrefix = "ovs-cni.network.kubevirt.io/";

// ---- Reading, of what was validated ----

std::string Text(const Json& map, std::string_view key) { return TextMember(&map, key); }

std::int64_t Number(const Json& map, std::string_view key) {
  return IntegerMember(&map, key).value_or(0);
}

bool Flag(const Json& map, std::string_view key) {
  const Json* flag = Member(&map, key);
  return flag != nullptr && *flag == true;
}

const Json& Map(const Json& map, std::string_view key) {
  static const Json kNone = Json::object();
  const Json* inner = Member(&map, key);
  return inner == nullptr ? kNone : *inner;
}

std::vector<std::string> Texts(const Json& map, std::string_view key) {
  std::vector<std::string> texts;
  for (const Json& item : ItemsOf(&map, key)) {
    if (item.is_string()) texts.push_back(item.get<std::string>());
  }
  return texts;
}

// ---- The plugins of each cniType ----

using Plugins = std::vector<OrderedJson>;

// What a cniType makes of its settings. Its own plugin is `main`, which gets the addresses.
struct Parts {
  Plugins before = {};
  OrderedJson main = {};
  Plugins after = {};
  Plugins last = {};          // behind what the user chains, and the coordinator
  std::string resource = {};  // of the device plugin whose devices Multus hands to `main`
};

Plugins If(bool condition, OrderedJson plugin) {
  return condition ? Plugins{std::move(plugin)} : Plugins{};
}

void AddText(OrderedJson& plugin, const std::string& key, const std::string& text) {
  if (!text.empty()) plugin[key] = text;
}

// Makes the interface that a network stands on, where that is a bond or a VLAN of the masters.
OrderedJson Ifacer(const Json& settings, std::int64_t vlan) {
  OrderedJson ifacer = {{"type", "ifacer"}, {"interfaces", Texts(settings, "master")}};
  if (vlan != 0) ifacer["vlanID"] = vlan;
  if (const Json* bond = Member(&settings, "bond")) {
    ifacer["bond"] = {{"name", Text(*bond, "name")},
                      {"mode", Number(*bond, "mode")},
                      {"options", Text(*bond, "options")}};
  }
  return ifacer;
}

// A network on an interface of the host; on `vlan` of it, where that isn't 0.
Parts OnMaster(const Json& settings, std::int64_t vlan) {
  const auto masters = Texts(settings, "master");
  const bool bonded = masters.size() >= 2;
  std::string master = bonded ? Text(Map(settings, "bond"), "name") : Join(masters, "");
  if (vlan != 0) master += '.' + std::to_string(vlan);
  return {.before = If(bonded || vlan != 0, Ifacer(settings, vlan)), .main = {{"master", master}}};
}

Parts Macvlan(const Json& settings) {
  Parts parts = OnMaster(settings, Number(settings, "vlanID"));
  parts.main["mode"] = "bridge";
  parts.main["mtu"] = Number(settings, "mtu");
  return parts;
}

Parts Ipvlan(const Json& settings) {
  Parts parts = OnMaster(settings, Number(settings, "vlanID"));
  parts.main["mtu"] = Number(settings, "mtu");
  return parts;
}

Parts Vlan(const Json& settings) {
  const std::string mode = Text(settings, "vlanMode");
  Parts parts = OnMaster(settings, 0);
  parts.main["vlanMode"] = mode;
  if (mode == "manual") parts.main["vlanId"] = Number(settings, "vlanID");
  parts.main["mtu"] = Number(settings, "mtu");
  return parts;
}

Parts Sriov(const Json& settings) {
  const auto mtu = Number(settings, "mtu");
  return {.main = {{"vlan", Number(settings, "vlanID")},
                   {"min_tx_rate", Number(settings, "minTxRateMbps")},
                   {"max_tx_rate", Number(settings, "maxTxRateMbps")}},
          .after = If(Flag(settings, "rdmaIsolation"), {{"type", "rdma"}}),
          .last = If(mtu > 0, {{"type", "tuning"}, {"mtu", mtu}}),
          .resource = Text(settings, "resourceName")};
}

Parts IbSriov(const Json& settings) {
  Parts parts;
  AddText(parts.main, "pkey", Text(settings, "pkey"));
  parts.main["link_state"] = Text(settings, "linkState");
  parts.main["rdmaIsolation"] = Flag(settings, "rdmaIsolation");
  parts.main["ibKubernetesEnabled"] = Flag(settings, "enableIbKubernetes");
  parts.resource = Text(settings, "resourceName");
  return parts;
}

Parts Ipoib(const Json& settings) { return {.main = {{"master", Text(settings, "master")}}}; }

OrderedJson Trunk(const Json& trunk) {
  OrderedJson ids = OrderedJson::object();
  for (const std::string key : {"minID", "maxID", "id"}) {
    if (const auto id = IntegerMember(&trunk, key)) ids[key] = *id;
  }
  return ids;
}

Parts Ovs(const Json& settings) {
  const std::string bridge = Text(settings, "bridge"), device = Text(settings, "deviceID");
  Parts parts{.main = {{"bridge", bridge}, {"vlan", Number(settings, "vlan")}}};
  AddText(parts.main, "deviceID", device);
  for (const Json& trunk : ItemsOf(&settings, "trunk")) {
    parts.main["trunk"].push_back(Trunk(trunk));
  }
  if (!device.empty()) parts.resource = std::string(kOvsResourcePrefix) + bridge;
  return parts;
}

Parts PartsOf(const CniType& type, const Json& settings) {
  static const std::map<std::string_view, Parts (*)(const Json&)> kParts = {
      {"macvlan", Macvlan},  {"ipvlan", Ipvlan}, {"vlan", Vlan}, {"sriov", Sriov},
      {"ib-sriov", IbSriov}, {"ipoib", Ipoib},   {"ovs", Ovs}};
  Parts parts = kParts.at(type.name)(settings);
  OrderedJson main = {{"type", type.name}};
  main.update(parts.main);
  parts.main = std::move(main);
  return parts;
}

// ---- What all types have ----

OrderedJson Coordinator(const Json& settings) {
  OrderedJson plugin = {{"type", "coordinator"},
                        {"mode", Text(settings, "mode")},
                        {"tunePodRoutes", Flag(settings, "tunePodRoutes")},
                        {"txQueueLen", Number(settings, "txQueueLen")}};
  AddText(plugin, "vethLinkAddress", Text(settings, "vethLinkAddress"));
  AddText(plugin, "podMACPrefix", Text(settings, "podMACPrefix"));
  AddText(plugin, "podDefaultRouteNic", Text(settings, "podDefaultRouteNIC"));
  // Where they are 0, the plugin follows its own settings for all pods.
  for (const std::string key : {"vethMTU", "podRPFilter"}) {
    if (const auto number = Number(settings, key)) plugin[key] = number;
  }
  const auto cidrs = Texts(settings, "hijackCIDR");
  if (!cidrs.empty()) plugin["hijackCIDR"] = cidrs;
  for (const Json& route : ItemsOf(&settings, "policyRoutes")) {
    plugin["policyRoutes"].push_back({{"dst", Text(route, "dst")}, {"gw", Text(route, "gw")}});
  }
  return plugin;
}

// The plugins that the user wrote as JSON.
Plugins Chained(const Json& spec) {
  Plugins chained;
  for (const std::string& text : Texts(spec, "chainCNIJsonData")) {
    if (auto plugin = ParseOrderedJson(text)) chained.push_back(std::move(*plugin));
  }
  return chained;
}

WantedPools PoolsOf(const CniType& type, const Json& settings) {
  const Json& pools = Map(settings, "ippools");
  return {"spec." + type.settings + ".ippools", Texts(pools, "ipv4"), Texts(pools, "ipv6"),
          Flag(pools, "matchMasterSubnet")};
}

void Append(Plugins& list, Plugins more) {
  std::move(more.begin(), more.end(), std::back_inserter(list));
}

// ---- The object ----

// Turns one SMC, defaults filled in, into its NAD.
class Generator {
 public:
  Generator(const Json& object, ObjectMeta meta, const Ipam& ipam)
      : object_(object), meta_(std::move(meta)), ipam_(ipam), spec_(Map(object, "spec")) {}

  Result<Json> Generate() {
    const std::string config = TRY(Config());
    Json network = {{"apiVersion", "k8s.cni.cncf.io/v1"},
                    {"kind", "NetworkAttachmentDefinition"},
                    {"metadata", Metadata()}};
    if (!config.empty()) network["spec"]["config"] = config;
    return network;
  }

 private:
  Result<std::string> Config() {
    const CniType* type = FindCniType(Text(spec_, "cniType"));
    if (type == nullptr || type->name == "custom") return Text(spec_, "customCNI");
    const Json& settings = Map(spec_, type->settings);
    Parts parts = PartsOf(*type, settings);
    if (!Flag(spec_, "disableIPAM")) {
      parts.main["ipam"] = TRY(AddressesOf(PoolsOf(*type, settings), ipam_));
    }
    resource_ = parts.resource;
    const OrderedJson config = {{"cniVersion", Annotation(kCniVersionAnnotation, "0.3.1")},
                                {"name", Annotation(kConfigNameAnnotation, Name())},
                                {"plugins", Chain(std::move(parts))}};
    return Compact(config);
  }

  Plugins Chain(Parts parts) const {
    Plugins plugins = std::move(parts.before);
    plugins.push_back(std::move(parts.main));
    Append(plugins, std::move(parts.after));
    Append(plugins, Chained(spec_));
    if (Flag(spec_, "enableCoordinator")) plugins.push_back(Coordinator(Map(spec_, "coordinator")));
    Append(plugins, std::move(parts.last));
    return plugins;
  }

  // The value of an annotation, or `otherwise` where it is missing or empty.
  std::string Annotation(std::string_view key, std::string_view otherwise) const {
    const std::string* value = meta_.Annotation(key);
    return value == nullptr ? std::string(otherwise) : Or(*value, otherwise);
  }

  std::string Name() const { return Annotation(kCrNameAnnotation, meta_.name); }

  Json Annotations() const {
    Json annotations = Json::object();
    for (const auto& [key, value] : meta_.annotations) annotations[key] = value;
    annotations.erase(std::string(kLastAppliedAnnotation));
    if (!resource_.empty()) annotations[std::string(kDeviceResourceAnnotation)] = resource_;
    return annotations;
  }

  Json Owner(const std::string& uid) const {
    return {{"apiVersion", TextMember(&object_, "apiVersion")},
            {"kind", TextMember(&object_, "kind")},
            {"name", meta_.name},
            {"uid", uid},
            {"controller", true}};
  }

  Json Metadata() const {
    const Json* given = Member(&object_, "metadata");
    Json metadata = {{"name", Name()}};
    const std::string name_space = TextMember(given, "namespace");
    if (!name_space.empty()) metadata["namespace"] = name_space;
    if (Json annotations = Annotations(); !annotations.empty()) {
      metadata["annotations"] = std::move(annotations);
    }
    const std::string uid = TextMember(given, "uid");
    if (!uid.empty()) metadata["ownerReferences"] = Json::array({Owner(uid)});
    return metadata;
  }

  const Json& object_;
  const ObjectMeta meta_;
  const Ipam& ipam_;
  const Json& spec_;
  std::string resource_;
};

Result<> Validate(const Json& object) {
  std::vector<std::string> errors;
  for (Finding& finding : ValidateSpiderMultusConfig(object)) {
    if (finding.severity == Severity::kError) errors.push_back(std::move(finding.text));
  }
  if (errors.empty()) return {};
  return Fail(ErrorCode::kInvalid, Join(errors, "; "));
}

}  // namespace

Result<Json> NetworkOf(const Json& spider_multus_config, const Ipam& ipam) {
  TRY(Validate(spider_multus_config));
  const Json whole = WithDefaults(spider_multus_config);
  return Generator(whole, TRY(ReadMeta(whole)), ipam).Generate();
}

}  // namespace railhook

#include "multus/network_generation.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <utility>

#include "base/contains.h"
#include "base/json.h"
#include "base/text.h"
#include "k8sclient/names.h"
#include "k8sclient/object.h"
#include "multus/rail.h"

namespace railhook {
namespace {

constexpr std::string_view kCniVersionAnnotation = "multus.spidernet.io/cni-version";
constexpr std::string_view kConfigNameAnnotation = "cni.spidernet.io/cniconfig-name";
// kubectl's copy of the whole SMC, which means nothing on another object.
constexpr std::string_view kLastAppliedAnnotation =
    "kubectl.kubernetes.io/last-applied-configuration";
constexpr std::string_view kOvsResourcePrefix = "ovs-cni.network.kubevirt.io/";

constexpr std::int64_t kMostVlan = 4094;
constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();

// ---- Defaults ----

void Default(Json& map, const char* key, Json value) {
  if (!map.is_object()) return;
  Json& member = map[key];
  if (member.is_null()) member = std::move(value);
}

// What the CRD and Spiderpool fill in.
Json WithDefaults(Json object) {
  if (!object.contains("spec") || !object["spec"].is_object()) object["spec"] = Json::object();
  Json& spec = object["spec"];
  Default(spec, "cniType", "custom");
  Default(spec, "enableCoordinator", spec["cniType"] != "custom");
  Default(spec, "coordinator", Json::object());
  Default(spec["coordinator"], "mode", "auto");
  Default(spec["coordinator"], "tunePodRoutes", true);
  if (spec.contains("vlan")) Default(spec["vlan"], "vlanMode", "manual");
  if (spec.contains("ibsriov")) {
    Default(spec["ibsriov"], "linkState", "enable");
    Default(spec["ibsriov"], "rdmaIsolation", true);
  }
  return object;
}

// ---- Reading ----

// The fields of one map. What isn't as it must be reads as if it weren't there, and the first of
// such is kept in `fault`, which all fields of an object share.
class Fields {
 public:
  Fields(const Json* map, std::string name, std::string& fault)
      : map_(map), name_(std::move(name)), fault_(fault) {}

  const std::string& name() const { return name_; }

  std::string Text(std::string_view key) const {
    const Json* value = Find(key, &Json::is_string, "a text, in quotes");
    return value == nullptr ? "" : value->get<std::string>();
  }

  // A text that must be there, such as `example`.
  std::string Needed(std::string_view key, std::string_view example) const {
    std::string text = Text(key);
    if (text.empty())
      Note(key, "is missing: write a text, such as " + Quoted(std::string(example)));
    return text;
  }

  std::string OneOf(std::string_view key, const std::vector<std::string>& words) const {
    std::string text = Text(key);
    if (!Contains(words, text))
      Note(key, "is " + Quoted(text) + ": write one of " + Join(words, ", "));
    return text;
  }

  bool Flag(std::string_view key) const {
    const Json* value = Find(key, &Json::is_boolean, "true or false");
    return value != nullptr && value->get<bool>();
  }

  // 0 where it is missing.
  std::int64_t Number(std::string_view key, std::int64_t most = kMost) const {
    const std::string wanted = "a number from 0 to " + std::to_string(most);
    const Json* value = Find(key, &Json::is_number_integer, wanted);
    if (value == nullptr) return 0;
    const auto number = value->is_number_unsigned() && value->get<std::uint64_t>() > kMost
                            ? std::int64_t{-1}
                            : value->get<std::int64_t>();
    if (number >= 0 && number <= most) return number;
    Note(key, "is " + Compact(*value) + ": write " + wanted);
    return 0;
  }

  std::vector<std::string> Texts(std::string_view key) const {
    std::vector<std::string> texts;
    for (const Json& item : List(key)) {
      if (item.is_string()) {
        texts.push_back(item.get<std::string>());
      } else {
        Note(key, "holds " + Shown(item) + ": write texts, in quotes");
      }
    }
    return texts;
  }

  std::vector<Fields> Maps(std::string_view key) const {
    std::vector<Fields> maps;
    for (const Json& item : List(key)) {
      if (!item.is_object()) Note(key, "holds " + Shown(item) + ": write maps");
      maps.emplace_back(&item, Name(key), fault_);
    }
    return maps;
  }

  bool Has(std::string_view key) const { return Member(map_, key) != nullptr; }

  Fields Map(std::string_view key) const {
    return {Find(key, &Json::is_object, "a map"), Name(key), fault_};
  }

  void Note(std::string_view key, const std::string& what) const {
    if (fault_.empty()) fault_ = Name(key) + ' ' + what;
  }

 private:
  static std::string Shown(const Json& value) { return OneLine(Compact(value), 60); }

  std::string Name(std::string_view key) const { return name_ + '.' + std::string(key); }

  const Json* Find(std::string_view key, bool (Json::*is_right)() const noexcept,
                   const std::string& wanted) const {
    const Json* value = Member(map_, key);
    if (value == nullptr || (value->*is_right)()) return value;
    Note(key, "is " + Shown(*value) + ": write " + wanted);
    return nullptr;
  }

  const Json::array_t& List(std::string_view key) const {
    static const Json::array_t kNone;
    const Json* list = Find(key, &Json::is_array, "a list");
    return list == nullptr ? kNone : list->get_ref<const Json::array_t&>();
  }

  const Json* map_;
  std::string name_;
  std::string& fault_;
};

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

OrderedJson BondOf(const Fields& bond) {
  return {{"name", bond.Needed("name", "bond0")},
          {"mode", bond.Number("mode", 6)},
          {"options", bond.Text("options")}};
}

// Makes the interface that a network stands on, where that is a bond or a VLAN of the masters.
OrderedJson Ifacer(const Fields& settings, std::int64_t vlan) {
  OrderedJson ifacer = {{"type", "ifacer"}, {"interfaces", settings.Texts("master")}};
  if (vlan != 0) ifacer["vlanID"] = vlan;
  if (settings.Has("bond")) ifacer["bond"] = BondOf(settings.Map("bond"));
  return ifacer;
}

// A network on an interface of the host; `vlan` of it, where it isn't 0.
Parts OnMaster(const Fields& settings, std::int64_t vlan) {
  const auto masters = settings.Texts("master");
  if (masters.empty()) settings.Note("master", "is missing: write a list, such as [\"eth1\"]");
  const bool bonded = masters.size() >= 2;
  std::string master = masters.empty() ? "" : masters.front();
  if (bonded) master = settings.Map("bond").Needed("name", "bond0");
  if (vlan != 0) master += '.' + std::to_string(vlan);
  return {.before = If(bonded || vlan != 0, Ifacer(settings, vlan)), .main = {{"master", master}}};
}

Parts Macvlan(const Fields& settings) {
  Parts parts = OnMaster(settings, settings.Number("vlanID", kMostVlan));
  parts.main["mode"] = "bridge";
  parts.main["mtu"] = settings.Number("mtu");
  return parts;
}

Parts Ipvlan(const Fields& settings) {
  Parts parts = OnMaster(settings, settings.Number("vlanID", kMostVlan));
  parts.main["mtu"] = settings.Number("mtu");
  return parts;
}

Parts Vlan(const Fields& settings) {
  const std::string mode = settings.OneOf("vlanMode", {"manual", "auto"});
  Parts parts = OnMaster(settings, 0);
  parts.main["vlanMode"] = mode;
  if (mode == "manual") parts.main["vlanId"] = settings.Number("vlanID", kMostVlan);
  parts.main["mtu"] = settings.Number("mtu");
  return parts;
}

Parts Sriov(const Fields& settings) {
  const auto mtu = settings.Number("mtu");
  return {.main = {{"vlan", settings.Number("vlanID", kMostVlan)},
                   {"min_tx_rate", settings.Number("minTxRateMbps")},
                   {"max_tx_rate", settings.Number("maxTxRateMbps")}},
          .after = If(settings.Flag("rdmaIsolation"), {{"type", "rdma"}}),
          .last = If(mtu > 0, {{"type", "tuning"}, {"mtu", mtu}}),
          .resource = settings.Needed("resourceName", "spidernet.io/gpu1")};
}

Parts IbSriov(const Fields& settings) {
  Parts parts;
  AddText(parts.main, "pkey", settings.Text("pkey"));
  parts.main["link_state"] = settings.OneOf("linkState", {"auto", "enable", "disable"});
  parts.main["rdmaIsolation"] = settings.Flag("rdmaIsolation");
  parts.main["ibKubernetesEnabled"] = settings.Flag("enableIbKubernetes");
  parts.resource = settings.Needed("resourceName", "spidernet.io/gpu1");
  return parts;
}

Parts Ipoib(const Fields& settings) {
  return {.main = {{"master", settings.Needed("master", "ib0")}}};
}

OrderedJson Trunk(const Fields& trunk) {
  OrderedJson ids = OrderedJson::object();
  for (const std::string key : {"minID", "maxID", "id"}) {
    if (trunk.Has(key)) ids[key] = trunk.Number(key, kMostVlan);
  }
  return ids;
}

Parts Ovs(const Fields& settings) {
  const std::string bridge = settings.Needed("bridge", "br1");
  const std::string device = settings.Text("deviceID");
  Parts parts{.main = {{"bridge", bridge}, {"vlan", settings.Number("vlan", kMostVlan)}}};
  AddText(parts.main, "deviceID", device);
  for (const Fields& trunk : settings.Maps("trunk")) parts.main["trunk"].push_back(Trunk(trunk));
  if (!device.empty()) parts.resource = std::string(kOvsResourcePrefix) + bridge;
  return parts;
}

struct CniType {
  std::string_view name;
  std::string_view settings;  // their member of the spec
  Parts (*parts)(const Fields& settings);
};
constexpr CniType kTypes[] = {
    {"macvlan", "macvlan", Macvlan},  {"ipvlan", "ipvlan", Ipvlan}, {"vlan", "vlan", Vlan},
    {"sriov", "sriov", Sriov},        {"ipoib", "ipoib", Ipoib},    {"ovs", "ovs", Ovs},
    {"ib-sriov", "ibsriov", IbSriov},
};

// ---- What all types have ----

OrderedJson Coordinator(const Fields& settings) {
  OrderedJson plugin = {
      {"type", "coordinator"},
      {"mode", settings.OneOf("mode", {"auto", "underlay", "overlay", "disabled"})},
      {"tunePodRoutes", settings.Flag("tunePodRoutes")},
      {"txQueueLen", settings.Number("txQueueLen")}};
  AddText(plugin, "vethLinkAddress", settings.Text("vethLinkAddress"));
  AddText(plugin, "podMACPrefix", settings.Text("podMACPrefix"));
  AddText(plugin, "podDefaultRouteNic", settings.Text("podDefaultRouteNIC"));
  // Where they are 0, the plugin follows its own settings for all pods.
  for (const std::string key : {"vethMTU", "podRPFilter"}) {
    if (const auto number = settings.Number(key)) plugin[key] = number;
  }
  if (const auto cidrs = settings.Texts("hijackCIDR"); !cidrs.empty()) plugin["hijackCIDR"] = cidrs;
  for (const Fields& route : settings.Maps("policyRoutes")) {
    plugin["policyRoutes"].push_back(
        {{"dst", route.Needed("dst", "10.0.0.0/8")}, {"gw", route.Needed("gw", "10.0.0.1")}});
  }
  return plugin;
}

// The plugins that the user wrote as JSON.
Plugins Chained(const Fields& spec) {
  Plugins chained;
  for (const std::string& text : spec.Texts("chainCNIJsonData")) {
    auto plugin = ParseOrderedJson(text);
    const bool typed = plugin && plugin->is_object() && plugin->contains("type") &&
                       plugin->at("type").is_string() && plugin->at("type") != "";
    if (typed) {
      chained.push_back(std::move(*plugin));
    } else {
      spec.Note("chainCNIJsonData", "holds " + Quoted(OneLine(text, 60)) +
                                        ": write the JSON of a plugin, such as "
                                        "'{\"type\": \"tuning\"}'");
    }
  }
  return chained;
}

WantedPools PoolsOf(const Fields& settings, std::string_view cni_type) {
  const Fields pools = settings.Map("ippools");
  return {pools.name(), pools.Texts("ipv4"), pools.Texts("ipv6"),
          cni_type == "sriov" && pools.Flag("matchMasterSubnet")};
}

void Append(Plugins& list, Plugins more) {
  std::move(more.begin(), more.end(), std::back_inserter(list));
}

// ---- The object ----

// Turns one SMC into its NAD.
class Generator {
 public:
  Generator(const Json& object, ObjectMeta meta, const Ipam& ipam)
      : object_(object),
        meta_(std::move(meta)),
        ipam_(ipam),
        spec_(Member(&object_, "spec"), "spec", fault_) {}

  Result<Json> Generate() {
    const std::string config = TRY(Config());
    if (!fault_.empty()) return Fail(ErrorCode::kInvalid, fault_);
    Json network = {{"apiVersion", "k8s.cni.cncf.io/v1"},
                    {"kind", "NetworkAttachmentDefinition"},
                    {"metadata", TRY(Metadata())}};
    if (!config.empty()) network["spec"]["config"] = config;
    return network;
  }

 private:
  Result<std::string> Config() {
    const std::string name = spec_.Text("cniType");
    if (name == "custom") return CustomConfig();
    const auto type = std::find_if(std::begin(kTypes), std::end(kTypes),
                                   [&](const CniType& known) { return known.name == name; });
    if (type == std::end(kTypes)) {
      std::vector<std::string> names = {"custom"};
      for (const CniType& known : kTypes) names.emplace_back(known.name);
      spec_.OneOf("cniType", names);
      return "";
    }
    return ConfigOf(*type);
  }

  std::string CustomConfig() {
    std::string config = spec_.Text("customCNI");
    const auto parsed = ParseJson(config.empty() ? "{}" : config);
    if (!parsed) spec_.Note("customCNI", "is no JSON: " + parsed.error().message);
    if (parsed && !parsed->is_object()) spec_.Note("customCNI", "is no JSON object: write {...}");
    return config;
  }

  Result<std::string> ConfigOf(const CniType& type) {
    if (!spec_.Has(type.settings)) {
      spec_.Note(type.settings,
                 "is missing: cniType " + Quoted(std::string(type.name)) + " needs it");
      return "";
    }
    const Fields settings = spec_.Map(type.settings);
    Parts parts = type.parts(settings);
    OrderedJson main = {{"type", type.name}};
    main.update(parts.main);
    const WantedPools pools = PoolsOf(settings, type.name);
    const bool addressed = !spec_.Flag("disableIPAM");
    if (addressed && fault_.empty()) main["ipam"] = TRY(AddressesOf(pools, ipam_));
    parts.main = std::move(main);
    resource_ = parts.resource;
    const OrderedJson config = {{"cniVersion", TRY(CniVersion())},
                                {"name", TRY(ConfigName())},
                                {"plugins", Chain(std::move(parts))}};
    return Compact(config);
  }

  Plugins Chain(Parts parts) const {
    Plugins plugins = std::move(parts.before);
    plugins.push_back(std::move(parts.main));
    Append(plugins, std::move(parts.after));
    Append(plugins, Chained(spec_));
    if (spec_.Flag("enableCoordinator")) plugins.push_back(Coordinator(spec_.Map("coordinator")));
    Append(plugins, std::move(parts.last));
    return plugins;
  }

  // The value of an annotation, or `otherwise` where it is missing or empty.
  std::string Annotation(std::string_view key, std::string_view otherwise) const {
    const std::string* value = meta_.Annotation(key);
    return value == nullptr ? std::string(otherwise) : Or(*value, otherwise);
  }

  static tl::unexpected<Error> BadAnnotation(std::string_view key, const std::string& value,
                                             const std::string& wanted) {
    return Fail(ErrorCode::kInvalid, "annotation " + std::string(key) + " is " +
                                         Quoted(OneLine(value, 60)) + ": write " + wanted);
  }

  Result<std::string> Name() const {
    const std::string name = Annotation(kCrNameAnnotation, meta_.name);
    if (IsDnsSubdomain(name)) return name;
    const std::string wanted = "a name of lower-case letters, digits, '-' and '.'";
    if (name != meta_.name) return BadAnnotation(kCrNameAnnotation, name, wanted);
    return Fail(ErrorCode::kInvalid,
                "metadata.name is " + Quoted(OneLine(name, 60)) + ": write " + wanted);
  }

  Result<std::string> CniVersion() const {
    static const std::vector<std::string> kVersions = {"0.3.0", "0.3.1", "0.4.0", "1.0.0"};
    const std::string version = Annotation(kCniVersionAnnotation, "0.3.1");
    if (Contains(kVersions, version)) return version;
    return BadAnnotation(kCniVersionAnnotation, version, "one of " + Join(kVersions, ", "));
  }

  // By the rule of CNI's specification.
  Result<std::string> ConfigName() const {
    const std::string name = Annotation(kConfigNameAnnotation, TRY(Name()));
    const auto is_alnum = [](char c) {
      return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
    };
    const bool good = is_alnum(name.front()) && std::all_of(name.begin(), name.end(), [&](char c) {
                        return is_alnum(c) || c == '_' || c == '.' || c == '-';
                      });
    if (good) return name;
    return BadAnnotation(kConfigNameAnnotation, name,
                         "letters, digits, '_', '.' and '-', a letter or digit first");
  }

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
            {"controller", true},
            {"blockOwnerDeletion", true}};
  }

  Result<Json> Metadata() const {
    const Json* given = Member(&object_, "metadata");
    Json metadata = {{"name", TRY(Name())}};
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
  std::string fault_;  // the first
  const Fields spec_;
  std::string resource_;
};

}  // namespace

Result<Json> NetworkOf(const Json& spider_multus_config, const Ipam& ipam) {
  auto meta = TRY(ReadMeta(spider_multus_config));
  const Json whole = WithDefaults(spider_multus_config);
  return Generator(whole, std::move(meta), ipam).Generate();
}

}  // namespace railhook

#include "multus/smc_validation.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/contains.h"
#include "base/json.h"
#include "base/text.h"
#include "k8sclient/field_checker.h"
#include "k8sclient/names.h"
#include "k8sclient/object.h"
#include "multus/cni_types.h"
#include "multus/coordinator_validation.h"
#include "multus/rail.h"
#include "multus/rail_annotations.h"
#include "multus/rail_findings.h"

namespace railhook {
namespace {

constexpr std::int64_t kMostInt32 = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kMostVlan = 4094;
constexpr std::size_t kMostConfigValues = 10'000;  // of one plugin's configuration

std::vector<std::string> NamesOfTypes() {
  std::vector<std::string> names;
  for (const CniType& type : CniTypes()) names.push_back(type.name);
  return names;
}

// Checks a spec.
class SpecValidator {
 public:
  explicit SpecValidator(const Json& object) : spec_{Member(&object, "spec"), "/spec"} {}

  std::vector<Finding> Validate() && {
    if (!spec_.is_map()) {
      check_.Error(spec_, "is missing: write cniType and its settings");
      return std::move(check_).Take();
    }
    check_.Flag(spec_ / "disableIPAM");
    check_.Flag(spec_ / "enableCoordinator");
    CheckType();
    CheckChain();
    ValidateCoordinator(spec_ / "coordinator", check_);
    return std::move(check_).Take();
  }

 private:
  void CheckType() {
    const JsonField cni_type = spec_ / "cniType";
    const bool is_default = cni_type.missing() || *cni_type.value == "";
    type_ = FindCniType(is_default ? "custom" : cni_type.Text());
    if (type_ == nullptr) return check_.Wrong(cni_type, "one of " + Join(NamesOfTypes(), ", "));
    CheckOtherSettings();
    settings_ = spec_ / type_->settings;
    if (type_->name == "custom") return CheckCustom();
    if (!settings_.is_map())
      return check_.Error(settings_, "is missing: cniType " + Quoted(type_->name) + " needs it");
    CheckSettings();
  }

  // A customCNI of "" is what defaulting leaves behind.
  void CheckOtherSettings() {
    for (const CniType& other : CniTypes()) {
      const JsonField settings = spec_ / other.settings;
      if (&other == type_ || settings.missing() || *settings.value == "") continue;
      check_.Error(settings, "is not for cniType " + Quoted(type_->name) + ": remove it");
    }
  }

  void CheckSettings() {
    using Check = void (SpecValidator::*)();
    static const std::map<std::string_view, Check> kChecks = {
        {"macvlan", &SpecValidator::CheckOnMaster}, {"ipvlan", &SpecValidator::CheckOnMaster},
        {"vlan", &SpecValidator::CheckVlan},        {"sriov", &SpecValidator::CheckSriov},
        {"ib-sriov", &SpecValidator::CheckIbSriov}, {"ipoib", &SpecValidator::CheckIpoib},
        {"ovs", &SpecValidator::CheckOvs}};
    (this->*kChecks.at(type_->name))();
    CheckPools(settings_ / "ippools");
  }

  void CheckOnMaster() {
    CheckMasters(settings_ / "master");
    CheckBond(settings_ / "bond", (settings_ / "master").Items().size());
    check_.Number(settings_ / "vlanID", 0, kMostVlan);
    check_.Number(settings_ / "mtu", 0, kMostInt32);
    check_.Text(settings_ / "rdmaResourceName");
  }

  void CheckVlan() {
    CheckOnMaster();
    check_.Choice(settings_ / "vlanMode", {"manual", "auto"});
    const JsonField id = settings_ / "vlanID";
    if ((settings_ / "vlanMode").Text() != "auto" || id.Integer().value_or(0) == 0) return;
    check_.Error(id,
                 "stands beside vlanMode auto, which finds the tag itself: remove it, or write "
                 "vlanMode: manual");
  }

  void CheckSriov() {
    check_.NeededText(settings_ / "resourceName", "the device plugin's resource");
    check_.Number(settings_ / "vlanID", 0, kMostVlan);
    check_.Number(settings_ / "mtu", 0, kMostInt32);
    check_.Number(settings_ / "minTxRateMbps", 0, kMostInt32);
    check_.Number(settings_ / "maxTxRateMbps", 0, kMostInt32);
    CheckRates(settings_ / "minTxRateMbps", settings_ / "maxTxRateMbps");
    check_.Flag(settings_ / "rdmaIsolation");
  }

  // A maximum of 0 is no limit.
  void CheckRates(const JsonField& min, const JsonField& max) {
    const auto least = min.Integer(), most = max.Integer();
    if (!least || !most || *most <= 0 || *least <= *most) return;
    check_.Error(min, "is " + std::to_string(*least) + ", above maxTxRateMbps " +
                          std::to_string(*most) + ": write less, or maxTxRateMbps: 0 for no limit");
  }

  void CheckIbSriov() {
    check_.NeededText(settings_ / "resourceName", "the device plugin's resource");
    const JsonField pkey = settings_ / "pkey";
    if (!pkey.missing() && !pkey.value->is_string())
      check_.Wrong(pkey, "it as a text, " + Quoted(Compact(*pkey.value)) + " (lint --fix does it)");
    check_.Choice(settings_ / "linkState", {"auto", "enable", "disable"});
    check_.Flag(settings_ / "rdmaIsolation");
    check_.Flag(settings_ / "enableIbKubernetes");
  }

  void CheckIpoib() {
    check_.NeededText(settings_ / "master", "the InfiniBand interface, such as \"ib0\"");
  }

  void CheckOvs() {
    check_.NeededText(settings_ / "bridge", "the bridge's name");
    check_.Number(settings_ / "vlan", 0, kMostVlan);
    check_.Text(settings_ / "deviceID");
    const JsonField trunk = settings_ / "trunk";
    if (!trunk.missing() && !trunk.is_list())
      return check_.Wrong(trunk, "a list, such as [{id: 20}, {minID: 30, maxID: 39}]");
    for (const JsonField& range : trunk.Items()) CheckRange(range);
  }

  void CheckRange(const JsonField& range) {
    if (!range.is_map()) return check_.Wrong(range, "{id: 20} or {minID: 30, maxID: 39}");
    const JsonField min = range / "minID", max = range / "maxID";
    for (const JsonField& id : {range / "id", min, max}) check_.Number(id, 0, kMostVlan);
    if (min.missing() != max.missing())
      return check_.Error(min.missing() ? min : max, "is missing: a range has both ends");
    if (min.Integer() && max.Integer() && *min.Integer() > *max.Integer())
      check_.Error(min, "is above maxID: write the lower end first");
  }

  void CheckMasters(const JsonField& masters) {
    if (masters.missing() || masters.value->empty())
      return check_.Error(masters, "is missing: write a list of interfaces, such as [\"eth1\"]");
    check_.Texts(masters);
    for (const JsonField& master : masters.Items()) {
      if (!master.missing() && *master.value == "") check_.Wrong(master, "an interface's name");
    }
  }

  void CheckBond(const JsonField& bond, std::size_t masters) {
    if (bond.missing() && masters >= 2)
      check_.Error(bond, "is missing: " + Count(masters, "master") +
                             " need one, such as {name: bond0, mode: 1}");
    if (!bond.is_map()) return check_.Map(bond);
    if (masters >= 2 || (bond / "name").missing())
      check_.NeededText(bond / "name", "the bond's interface, such as \"bond0\"");
    else
      check_.Text(bond / "name");
    check_.Text(bond / "options");
    if ((bond / "mode").missing()) check_.Wrong(bond / "mode", "a number from 0 to 6");
    check_.Number(bond / "mode", 0, 6);
  }

  void CheckPools(const JsonField& pools) {
    if (pools.missing()) return;
    if (!pools.is_map()) return check_.Wrong(pools, "a map with ipv4 and ipv6");
    check_.Texts(pools / "ipv4");
    check_.Texts(pools / "ipv6");
    const JsonField match = pools / "matchMasterSubnet";
    check_.Flag(match);
    if (!match.missing() && *match.value == true && type_->name != "sriov")
      check_.Error(match, "works with cniType sriov only: remove it");
  }

  void CheckChain() {
    const JsonField chain = spec_ / "chainCNIJsonData";
    if (!chain.missing() && !chain.is_list())
      return check_.Wrong(chain, "a list of CNI configurations as texts");
    for (const JsonField& text : chain.Items()) {
      const auto config = ConfigIn(text);
      if (config && TextMember(&*config, "type").empty())
        check_.Error(text, "names no plugin: write {\"type\": \"...\"} with the plugin's name");
    }
  }

  void CheckCustom() {
    if (settings_.missing() || *settings_.value == "") return;
    const auto config = ConfigIn(settings_);
    if (!config || !TextMember(&*config, "type").empty()) return;
    const auto& plugins = ItemsOf(&*config, "plugins");
    const bool named = std::all_of(plugins.begin(), plugins.end(), [](const Json& plugin) {
      return !TextMember(&plugin, "type").empty();
    });
    if (plugins.empty() || !named)
      check_.Error(settings_,
                   "names no plugin: write {\"type\": \"...\"} with the plugin's name, "
                   "or a list of such as \"plugins\"");
  }

  // The JSON object in a text, or a finding.
  std::optional<Json> ConfigIn(const JsonField& text) {
    if (text.missing() || !text.value->is_string()) {
      check_.Wrong(text, "a CNI configuration as text");
      return std::nullopt;
    }
    auto parsed = ParseJson(text.value->get_ref<const std::string&>(), kMostConfigValues);
    if (!parsed)
      check_.Error(text, "is no JSON: " + parsed.error().message);
    else if (parsed->is_object())
      return std::move(parsed).Take();
    else
      check_.Error(text, "is no JSON object: write {\"type\": \"...\"} with the plugin's name");
    return std::nullopt;
  }

  const JsonField spec_;
  const CniType* type_ = nullptr;
  JsonField settings_;
  FieldChecker check_;
};

Finding ErrorAt(std::string_view annotation, const std::string& what) {
  return {Severity::kError, AnnotationPointer(annotation),
          AnnotationField(annotation) + ' ' + what};
}

// An annotation that names something; empty, it counts for nothing.
struct NamingAnnotation {
  std::string_view key;
  bool (*fits)(std::string_view name);
  std::string_view names;
  std::string_view write;
};

void CheckName(const NamingAnnotation& annotation, const ObjectMeta& meta,
               std::vector<Finding>& findings) {
  const std::string* name = meta.Annotation(annotation.key);
  if (name == nullptr || name->empty() || annotation.fits(*name)) return;
  findings.push_back(ErrorAt(annotation.key, "is " + Quoted(OneLine(*name, 60)) +
                                                 ", which can't name a " +
                                                 std::string(annotation.names) + ": write " +
                                                 std::string(annotation.write)));
}

void CheckCniVersion(const ObjectMeta& meta, std::vector<Finding>& findings) {
  static const std::vector<std::string> kVersions = {"0.3.0", "0.3.1", "0.4.0", "1.0.0"};
  const std::string* version = meta.Annotation(kCniVersionAnnotation);
  if (version == nullptr || Contains(kVersions, *version)) return;
  findings.push_back(ErrorAt(kCniVersionAnnotation, "is " + Quoted(OneLine(*version, 60)) +
                                                        ": write one of " + Join(kVersions, ", ")));
}

// By the rule of CNI's specification.
bool CanNameConfig(std::string_view name) {
  const auto is_alnum = [](char c) {
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
  };
  return is_alnum(name.front()) && std::all_of(name.begin(), name.end(), [&](char c) {
           return is_alnum(c) || c == '_' || c == '.' || c == '-';
         });
}

constexpr NamingAnnotation kNetworkName = {kCrNameAnnotation, IsDnsSubdomain,
                                           "NetworkAttachmentDefinition",
                                           "lower-case letters, digits, '-' and '.'"};
constexpr NamingAnnotation kConfigName = {
    kConfigNameAnnotation, CanNameConfig, "configuration of CNI",
    "letters, digits, '_', '.' and '-', a letter or digit first"};

// The value of cr-name; "" where there is none.
std::string CrName(const ObjectMeta& meta) {
  const std::string* name = meta.Annotation(kCrNameAnnotation);
  return name == nullptr ? "" : *name;
}

std::string NetworkName(const ObjectMeta& meta) { return Or(CrName(meta), meta.name); }

std::string WhoseIs(const Rail& network) {
  if (network.smc.empty()) return "there, and no SpiderMultusConfig made it";
  return "that of SpiderMultusConfig " + network.name_space + '/' + network.smc;
}

}  // namespace

std::vector<Finding> ValidateSpiderMultusConfig(const Json& object) {
  const auto meta = ReadMeta(object);
  if (!meta) return {{Severity::kError, "/metadata", meta.error().message}};
  std::vector<Finding> findings = SpecValidator(object).Validate();
  AddRailProblems(RailOfSpiderMultusConfig(*meta, object), findings);
  CheckClassNames(*meta, findings);
  CheckName(kNetworkName, *meta, findings);
  CheckCniVersion(*meta, findings);
  CheckName(kConfigName, *meta, findings);
  return findings;
}

std::vector<Finding> ValidateChange(const Json& old, const Json& object) {
  const auto before = ReadMeta(old), after = ReadMeta(object);
  if (!before || !after) return {};
  const std::string name = CrName(*after);
  if (name.empty() || name == CrName(*before)) return {};
  const std::string was = CrName(*before);
  return {ErrorAt(kCrNameAnnotation, "can't be " +
                                         (was.empty() ? "added" : "changed from " + Quoted(was)) +
                                         ", as pods may use the network that is there: " +
                                         (was.empty() ? "remove it" : "leave it as it was") +
                                         ", or make another SpiderMultusConfig")};
}

std::vector<Finding> FindClashes(const Json& old, const Json& object, const RailIndex& index) {
  const auto before = ReadMeta(old), after = ReadMeta(object);
  if (!after || (before && NetworkName(*before) == NetworkName(*after))) return {};
  const Rail* other = index.FindNetwork(after->name_space, NetworkName(*after));
  if (other == nullptr || other->smc == after->name) return {};
  return {{Severity::kError,
           CrName(*after).empty() ? "/metadata/name" : AnnotationPointer(kCrNameAnnotation),
           "the NetworkAttachmentDefinition " + other->Id() + " is already " + WhoseIs(*other) +
               ": choose another name, or another " + AnnotationField(kCrNameAnnotation)}};
}

}  // namespace railhook

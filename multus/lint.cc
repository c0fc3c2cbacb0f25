#include "multus/lint.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <string_view>

#include "base/json.h"
#include "base/text.h"
#include "k8sclient/names.h"
#include "multus/rail_annotations.h"
#include "multus/rail_directory.h"

namespace railhook {
namespace {

using Names = std::vector<std::string>;

// The fields of a SpiderMultusConfig's spec, as its CRD has them.
const Names& SpecFields() {
  static const Names kFields = {"cniType",
                                "macvlan",
                                "ipvlan",
                                "vlan",
                                "sriov",
                                "ibsriov",
                                "ipoib",
                                "ovs",
                                "coordinator",
                                "disableIPAM",
                                "enableCoordinator",
                                "chainCNIJsonData",
                                "customCNI"};
  return kFields;
}

// cniType -> the member with its settings, and that member's fields.
struct TypeSchema {
  std::string settings;
  Names fields;
};
const std::map<std::string, TypeSchema, std::less<>>& Types() {
  static const std::map<std::string, TypeSchema, std::less<>> kTypes = {
      {"macvlan", {"macvlan", {"master", "mtu", "vlanID", "bond", "rdmaResourceName", "ippools"}}},
      {"ipvlan", {"ipvlan", {"master", "mtu", "vlanID", "bond", "rdmaResourceName", "ippools"}}},
      {"vlan",
       {"vlan", {"master", "mtu", "vlanID", "vlanMode", "bond", "rdmaResourceName", "ippools"}}},
      {"sriov",
       {"sriov",
        {"resourceName", "vlanID", "mtu", "minTxRateMbps", "maxTxRateMbps", "rdmaIsolation",
         "ippools"}}},
      {"ib-sriov",
       {"ibsriov",
        {"resourceName", "pkey", "linkState", "rdmaIsolation", "enableIbKubernetes", "ippools"}}},
      {"ipoib", {"ipoib", {"master", "ippools"}}},
      {"ovs", {"ovs", {"bridge", "vlan", "trunk", "deviceID", "ippools"}}},
      {"custom", {"customCNI", {}}}};
  return kTypes;
}

// Checks one SpiderMultusConfig.
class Linter {
 public:
  explicit Linter(const Json& object) : spec_(Member(&object, "spec")) {}

  std::vector<Finding> Check() && {
    if (spec_ == nullptr || !spec_->is_object()) {
      Error("/spec", "spec is missing: write cniType and its settings");
      return std::move(findings_);
    }
    const Json* type = Member(spec_, "cniType");
    type_ = type == nullptr || *type == "" ? "custom"
            : type->is_string()            ? type->get<std::string>()
                                           : Compact(*type);
    CheckFields(*spec_, "/spec", SpecFields());
    CheckFlag(*spec_, "/spec", "disableIPAM");
    CheckFlag(*spec_, "/spec", "enableCoordinator");
    const auto known = Types().find(type_);
    if (known == Types().end()) {
      Error("/spec/cniType",
            "spec.cniType is " + Quoted(type_) + ": write one of " + Join(TypeNames(), ", "));
    } else {
      CheckOtherSettings(known->second);
      CheckSettings(known->second);
    }
    return std::move(findings_);
  }

 private:
  static Names TypeNames() {
    Names names;
    for (const auto& [name, schema] : Types()) names.push_back(name);
    return names;
  }

  void Error(std::string pointer, std::string text) {
    findings_.push_back({Severity::kError, std::move(pointer), std::move(text)});
  }

  // "/spec/sriov/mtu" is spec.sriov.mtu to people.
  static std::string FieldAt(std::string_view pointer) {
    std::string field(pointer.substr(1));
    std::replace(field.begin(), field.end(), '/', '.');
    return field;
  }

  // What today's CRD wants instead of the field; "" if it is no older form.
  std::string OldForm(std::string_view pointer, std::string_view name) const {
    if (name == "enableRdma" && pointer != "/spec")
      return "is no field of today's CRD: remove it (lint --fix does it)";
    if (pointer == "/spec/sriov" && name == "matchMasterSubnet") {
      return "belongs under spec.sriov.ippools (lint --fix does it)";
    }
    if (pointer != "/spec" || name != "ippools") return "";
    const auto type = Types().find(type_);
    const Json* settings = type == Types().end() ? nullptr : Member(spec_, type->second.settings);
    if (Member(settings, "ippools") != nullptr)
      return "is not read, as spec." + type->second.settings + ".ippools is there: remove one";
    return "belongs under the settings of the cniType (lint --fix does it)";
  }

  void CheckFields(const Json& map, const std::string& pointer, const Names& fields) {
    for (const auto& [name, value] : map.items()) {
      if (std::find(fields.begin(), fields.end(), name) != fields.end()) continue;
      const std::string field = FieldAt(pointer) + '.' + name;
      const std::string old = OldForm(pointer, name);
      Error(pointer + (Json::json_pointer() / name).to_string(),
            field + ' ' +
                (old.empty() ? "is no field of a SpiderMultusConfig" + DidYouMean(name, fields)
                             : old));
    }
  }

  void CheckOtherSettings(const TypeSchema& wanted) {
    for (const auto& [type, schema] : Types()) {
      if (schema.settings == wanted.settings) continue;
      const Json* other = Member(spec_, schema.settings);
      if (other == nullptr || *other == "") continue;
      Error("/spec/" + schema.settings,
            "spec." + schema.settings + " is not for cniType " + Quoted(type_) + ": remove it");
    }
  }

  void CheckSettings(const TypeSchema& schema) {
    settings_ = Member(spec_, schema.settings);
    at_ = "/spec/" + schema.settings;
    if (type_ == "custom") return CheckJsonText(at_, settings_);
    if (settings_ == nullptr || !settings_->is_object()) {
      return Error(at_, FieldAt(at_) + " is missing: cniType " + Quoted(type_) + " needs it");
    }
    CheckFields(*settings_, at_, schema.fields);
    CheckNumber("vlanID", 0, 4094);
    CheckNumber("vlan", 0, 4094);
    CheckNumber("mtu", 0, std::numeric_limits<std::int32_t>::max());
    CheckNumber("minTxRateMbps", 0, std::numeric_limits<std::int32_t>::max());
    CheckNumber("maxTxRateMbps", 0, std::numeric_limits<std::int32_t>::max());
    CheckRates();
    if (type_ == "macvlan" || type_ == "ipvlan" || type_ == "vlan") CheckMasters();
    if (type_ == "sriov" || type_ == "ib-sriov")
      CheckText("resourceName", "the device plugin's resource");
    if (type_ == "ipoib") CheckText("master", "the InfiniBand interface, such as \"ib0\"");
    if (type_ == "ovs") CheckText("bridge", "the bridge's name");
    CheckPkey();
    CheckFlag(*settings_, at_, "rdmaIsolation");
    CheckFlag(*settings_, at_, "enableIbKubernetes");
    CheckChoice("linkState", {"auto", "enable", "disable"});
    CheckChoice("vlanMode", {"manual", "auto"});
    CheckPools();
    CheckChain();
  }

  std::string At(std::string_view field) const { return at_ + '/' + std::string(field); }

  std::optional<std::int64_t> Number(std::string_view field) const {
    const Json* value = Member(settings_, field);
    if (value == nullptr || !value->is_number_integer()) return std::nullopt;
    return value->is_number_unsigned() &&
                   value->get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max()
               ? std::numeric_limits<std::int64_t>::max()
               : value->get<std::int64_t>();
  }

  void CheckNumber(std::string_view field, std::int64_t least, std::int64_t most) {
    const Json* value = Member(settings_, field);
    if (value == nullptr) return;
    const auto number = Number(field);
    if (number && *number >= least && *number <= most) return;
    Error(At(field), FieldAt(At(field)) + " is " + OneLine(Compact(*value), 40) +
                         ": write a number from " + std::to_string(least) + " to " +
                         std::to_string(most));
  }

  // A maximum of 0 is no limit.
  void CheckRates() {
    const auto least = Number("minTxRateMbps"), most = Number("maxTxRateMbps");
    if (!least || !most || *most == 0 || *least <= *most) return;
    Error(At("minTxRateMbps"), FieldAt(At("minTxRateMbps")) + " is " + std::to_string(*least) +
                                   ", above maxTxRateMbps " + std::to_string(*most));
  }

  void CheckText(std::string_view field, std::string_view what) {
    const Json* text = Member(settings_, field);
    const std::string name = FieldAt(At(field));
    if (text == nullptr || *text == "") {
      Error(At(field), name + " is missing: write " + std::string(what));
    } else if (!text->is_string()) {
      Error(At(field),
            name + " is " + OneLine(Compact(*text), 40) + ": write a text, " + std::string(what));
    }
  }

  void CheckFlag(const Json& map, const std::string& pointer, const std::string& field) {
    const Json* flag = Member(&map, field);
    if (flag == nullptr || flag->is_boolean()) return;
    Error(pointer + '/' + field, FieldAt(pointer) + '.' + field + " is " +
                                     OneLine(Compact(*flag), 40) + ": write true or false");
  }

  void CheckChoice(std::string_view field, const Names& choices) {
    const Json* choice = Member(settings_, field);
    if (choice == nullptr) return;
    const std::string text = choice->is_string() ? choice->get<std::string>() : "";
    if (std::find(choices.begin(), choices.end(), text) != choices.end()) return;
    Error(At(field), FieldAt(At(field)) + " is " + OneLine(Compact(*choice), 40) +
                         ": write one of " + Join(choices, ", "));
  }

  void CheckTexts(const Json* list, const std::string& pointer) {
    if (list == nullptr) return;
    const bool texts =
        list->is_array() &&
        std::all_of(list->begin(), list->end(), [](const Json& item) { return item.is_string(); });
    if (!texts)
      Error(pointer, FieldAt(pointer) + " is " + OneLine(Compact(*list), 60) +
                         ": write a list of texts, such as [\"name\"]");
  }

  void CheckMasters() {
    const Json* masters = Member(settings_, "master");
    if (masters == nullptr || masters->empty()) {
      return Error(At("master"), FieldAt(At("master")) +
                                     " is missing: write a list of interfaces, such as [\"eth1\"]");
    }
    CheckTexts(masters, At("master"));
    if (masters->is_array() && masters->size() >= 2 &&
        TextMember(Member(settings_, "bond"), "name").empty()) {
      Error(At("bond"), FieldAt(At("bond")) + ".name is missing: " +
                            Count(masters->size(), "master") + " need a bond");
    }
  }

  void CheckPkey() {
    const Json* pkey = Member(settings_, "pkey");
    if (pkey == nullptr || pkey->is_string()) return;
    Error(At("pkey"), FieldAt(At("pkey")) + " is " + Compact(*pkey) + ": write it as a text, \"" +
                          Compact(*pkey) + "\" (lint --fix does it)");
  }

  void CheckPools() {
    const Json* pools = Member(settings_, "ippools");
    if (pools == nullptr) return;
    if (!pools->is_object())
      return Error(At("ippools"), FieldAt(At("ippools")) + " must be a map with ipv4 and ipv6");
    CheckFields(*pools, At("ippools"), {"ipv4", "ipv6", "matchMasterSubnet"});
    CheckTexts(Member(pools, "ipv4"), At("ippools/ipv4"));
    CheckTexts(Member(pools, "ipv6"), At("ippools/ipv6"));
    CheckFlag(*pools, At("ippools"), "matchMasterSubnet");
    const Json* match = Member(pools, "matchMasterSubnet");
    if (match != nullptr && *match == true && type_ != "sriov") {
      Error(At("ippools/matchMasterSubnet"),
            FieldAt(At("ippools/matchMasterSubnet")) + " works with cniType sriov only: remove it");
    }
  }

  void CheckChain() {
    const Json* chain = Member(spec_, "chainCNIJsonData");
    if (chain == nullptr) return;
    if (!chain->is_array())
      return Error("/spec/chainCNIJsonData",
                   "spec.chainCNIJsonData must be a list of CNI configurations as texts");
    for (std::size_t i = 0; i < chain->size(); ++i) {
      CheckJsonText("/spec/chainCNIJsonData/" + std::to_string(i), &(*chain)[i]);
    }
  }

  void CheckJsonText(const std::string& pointer, const Json* text) {
    if (text == nullptr) return;
    if (!text->is_string())
      return Error(pointer, FieldAt(pointer) + " must be a CNI configuration as text");
    const auto& json = text->get_ref<const std::string&>();
    if (json.empty()) return;
    if (const auto parsed = ParseJson(json); !parsed) {
      Error(pointer, FieldAt(pointer) + " is no JSON: " + parsed.error().message);
    }
  }

  const Json* spec_;
  const Json* settings_ = nullptr;
  std::string type_;
  std::string at_;
  std::vector<Finding> findings_;
};

// What a pod that asks for the rail's classes would be told.
void AddRailProblems(const Rail& rail, std::vector<Finding>& findings) {
  std::vector<Problem> problems;
  if (!rail.rdma_classes.empty())
    problems = rail.ProblemsFor(InjectKey::kRdma);
  else if (!rail.network_classes.empty())
    problems = rail.ProblemsFor(InjectKey::kNetwork);
  for (Problem& problem : problems) {
    const bool known = std::any_of(findings.begin(), findings.end(), [&](const Finding& finding) {
      return finding.pointer == problem.pointer;
    });
    if (!known)
      findings.push_back({Severity::kError, std::move(problem.pointer), std::move(problem.text)});
  }
}

void CheckClassNames(const ObjectMeta& meta, std::vector<Finding>& findings) {
  for (const std::string_view key :
       {AnnotationOf(InjectKey::kRdma), AnnotationOf(InjectKey::kNetwork), kClassesAnnotation}) {
    const std::string* value = meta.Annotation(key);
    if (value == nullptr) continue;
    const auto classes = SplitList(*value);
    if (std::find(classes.begin(), classes.end(), kOptOut) == classes.end()) continue;
    findings.push_back({Severity::kError, AnnotationPointer(key),
                        AnnotationField(key) + " names the class \"none\", which can't be asked "
                                               "for as it opts out: choose another name"});
  }
}

void CheckNetworkName(const ObjectMeta& meta, std::vector<Finding>& findings) {
  const std::string* name = meta.Annotation(kCrNameAnnotation);
  if (name == nullptr || name->empty() || IsDnsSubdomain(*name)) return;
  findings.push_back({Severity::kError, AnnotationPointer(kCrNameAnnotation),
                      AnnotationField(kCrNameAnnotation) + " is " + Quoted(OneLine(*name, 60)) +
                          ", which can't name a NetworkAttachmentDefinition: write lower-case "
                          "letters, digits, '-' and '.'"});
}

// Beside Spiderpool its webhook copies the annotation into a label, and refuses what is no label's
// value.
void CheckLabelForm(const ObjectMeta& meta, std::vector<Finding>& findings) {
  for (const InjectKey key : {InjectKey::kRdma, InjectKey::kNetwork}) {
    const std::string* value = meta.Annotation(AnnotationOf(key));
    if (value == nullptr || IsLabelValue(*value)) continue;
    findings.push_back({Severity::kWarning, AnnotationPointer(AnnotationOf(key)),
                        AnnotationField(AnnotationOf(key)) + " is " + Quoted(OneLine(*value, 60)) +
                            ", which Spiderpool refuses as it is no label's value: beside "
                            "Spiderpool keep one class here and write further ones in " +
                            AnnotationField(kClassesAnnotation)});
  }
}

const Rail* FindSame(const Rail& rail, const RailIndex& index) {
  const auto& rails = index.rails();
  const auto same = std::find_if(rails.begin(), rails.end(), [&](const Rail& other) {
    return other.source == rail.source && other.name_space == rail.name_space &&
           other.object_name == rail.object_name;
  });
  return same == rails.end() ? nullptr : &*same;
}

void CheckPoolsExist(const Rail& rail, const RailIndex& index, std::vector<Finding>& findings) {
  for (const std::string& pool : index.UnknownPools(rail)) {
    findings.push_back({Severity::kWarning, "/spec",
                        "the pool " + Quoted(pool) + " is not among the SpiderIPPools here"});
  }
}

// Moves the member `name` of `from` into `to`, where it stands in the way of nothing.
bool Move(OrderedJson& from, OrderedJson& to, const std::string& name) {
  if (!from.contains(name) || to.contains(name)) return false;
  to[name] = from[name];
  from.erase(name);
  return true;
}

}  // namespace

std::vector<Finding> LintObject(const OrderedJson& ordered, const RailIndex& index) {
  const ObjectKind kind = KindOf(ordered);
  const bool is_smc = kind == ObjectKind::kSpiderMultusConfig;
  if (!is_smc && kind != ObjectKind::kNetworkAttachmentDefinition) return {};
  const Json object = ordered;
  const auto meta = ReadMeta(object);
  if (!meta) return {{Severity::kError, "/metadata", meta.error().message}};
  std::vector<Finding> findings;
  if (is_smc) findings = Linter(object).Check();
  Rail rail = is_smc ? RailOfSpiderMultusConfig(*meta, object)
                     : RailOfNetworkAttachmentDefinition(*meta, object);
  if (const Rail* known = FindSame(rail, index))
    rail = *known;  // which also knows of clashes with others
  AddRailProblems(rail, findings);
  CheckClassNames(*meta, findings);
  if (is_smc) {
    CheckNetworkName(*meta, findings);
    CheckLabelForm(*meta, findings);
  }
  CheckPoolsExist(rail, index, findings);
  return findings;
}

OrderedJson FixObject(OrderedJson object, std::vector<std::string>& changes) {
  if (KindOf(object) != ObjectKind::kSpiderMultusConfig || !object.contains("spec") ||
      !object["spec"].is_object())
    return object;
  OrderedJson& spec = object["spec"];
  const auto cni_type = spec.find("cniType");
  if (cni_type == spec.end() || !cni_type->is_string()) return object;
  const auto type = Types().find(cni_type->get<std::string>());
  if (type == Types().end() || !spec.contains(type->second.settings)) return object;
  const std::string& name = type->second.settings;
  if (!spec[name].is_object()) return object;
  if (Move(spec, spec[name], "ippools"))
    changes.push_back("moved spec.ippools to spec." + name + ".ippools");
  OrderedJson& settings = spec[name];  // not before: a move in spec shifts its members
  if (settings.erase("enableRdma") > 0) changes.push_back("removed spec." + name + ".enableRdma");
  if (name == "sriov" && settings.contains("matchMasterSubnet")) {
    OrderedJson& pools = settings["ippools"];
    if (pools.is_null()) pools = OrderedJson::object();
    if (pools.is_object() && Move(settings, pools, "matchMasterSubnet")) {
      changes.push_back(
          "moved spec.sriov.matchMasterSubnet to spec.sriov.ippools.matchMasterSubnet");
    }
  }
  if (settings.contains("pkey") && settings["pkey"].is_number_integer()) {
    settings["pkey"] = Compact(settings["pkey"]);
    changes.push_back("quoted spec." + name + ".pkey");
  }
  return object;
}

}  // namespace railhook

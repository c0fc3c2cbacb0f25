#include "multus/lint.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "base/contains.h"
#include "base/json.h"
#include "base/text.h"
#include "k8sclient/field_checker.h"
#include "k8sclient/names.h"
#include "multus/cni_types.h"
#include "multus/rail_annotations.h"
#include "multus/rail_directory.h"
#include "multus/rail_findings.h"
#include "multus/smc_validation.h"

namespace railhook {
namespace {

using Names = std::vector<std::string>;

const Names kSpecFields = {"cniType",
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
const Names kPoolFields = {"ipv4", "ipv6", "matchMasterSubnet"};
const Names kBondFields = {"name", "mode", "options"};
const Names kRangeFields = {"id", "minID", "maxID"};
const Names kRouteFields = {"dst", "gw"};
const Names kCoordinatorFields = {"mode",          "podCIDRType",     "hijackCIDR",
                                  "policyRoutes",  "podMACPrefix",    "tunePodRoutes",
                                  "hostRuleTable", "podRPFilter",     "txQueueLen",
                                  "vethMTU",       "vethLinkAddress", "podDefaultRouteNIC"};

// Finds fields of a SpiderMultusConfig that its CRD doesn't have.
class UnknownFields {
 public:
  explicit UnknownFields(const Json& object)
      : spec_{Member(&object, "spec"), "/spec"}, type_(FindCniType((spec_ / "cniType").Text())) {}

  std::vector<Finding> Find() && {
    CheckMap(spec_, kSpecFields);
    CheckMap(spec_ / "coordinator", kCoordinatorFields);
    for (const JsonField& route : (spec_ / "coordinator" / "policyRoutes").Items())
      CheckMap(route, kRouteFields);
    if (type_ != nullptr && !type_->fields.empty()) CheckSettings(spec_ / type_->settings);
    return std::move(findings_);
  }

 private:
  void CheckSettings(const JsonField& settings) {
    CheckMap(settings, type_->fields);
    CheckMap(settings / "ippools", kPoolFields);
    CheckMap(settings / "bond", kBondFields);
    for (const JsonField& range : (settings / "trunk").Items()) CheckMap(range, kRangeFields);
  }

  void CheckMap(const JsonField& map, const Names& fields) {
    if (!map.is_map()) return;
    for (const auto& [name, value] : map.value->items()) {
      if (Contains(fields, name)) continue;
      const std::string old = OldForm(map.pointer, name);
      findings_.push_back(
          {Severity::kError, map.pointer + PointerStep(name),
           FieldAt(map.pointer) + '.' + name + ' ' +
               (old.empty() ? "is no field of a SpiderMultusConfig" + DidYouMean(name, fields)
                            : old)});
    }
  }

  // What today's CRD wants instead of the field; "" if it is no older form.
  std::string OldForm(std::string_view pointer, std::string_view name) const {
    if (name == "enableRdma" && pointer != "/spec")
      return "is no field of today's CRD: remove it (lint --fix does it)";
    if (pointer == "/spec/sriov" && name == "matchMasterSubnet")
      return "belongs under spec.sriov.ippools (lint --fix does it)";
    if (pointer != "/spec" || name != "ippools") return "";
    if (type_ != nullptr && !(spec_ / type_->settings / "ippools").missing())
      return "is not read, as spec." + type_->settings + ".ippools is there: remove one";
    return "belongs under the settings of the cniType (lint --fix does it)";
  }

  const JsonField spec_;
  const CniType* type_;
  std::vector<Finding> findings_;
};

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
           other.ObjectName() == rail.ObjectName();
  });
  return same == rails.end() ? nullptr : &*same;
}

void CheckPoolsExist(const Rail& rail, const RailIndex& index, std::vector<Finding>& findings) {
  for (const std::string& pool : index.UnknownPools(rail)) {
    findings.push_back({Severity::kWarning, "/spec",
                        "the pool " + Quoted(pool) + " is not among the SpiderIPPools here"});
  }
}

void Append(std::vector<Finding> more, std::vector<Finding>& findings) {
  std::move(more.begin(), more.end(), std::back_inserter(findings));
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
  if (is_smc) findings = ValidateSpiderMultusConfig(object);
  Rail rail = is_smc ? RailOfSpiderMultusConfig(*meta, object)
                     : RailOfNetworkAttachmentDefinition(*meta, object);
  if (const Rail* known = FindSame(rail, index))
    rail = *known;  // which also knows of clashes with others
  AddRailProblems(rail, findings);
  if (is_smc) {
    Append(UnknownFields(object).Find(), findings);
    CheckLabelForm(*meta, findings);
  } else {
    CheckClassNames(*meta, findings);
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
  const CniType* type = FindCniType(cni_type->get<std::string>());
  if (type == nullptr || !spec.contains(type->settings)) return object;
  const std::string& name = type->settings;
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

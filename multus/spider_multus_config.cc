// The rail of a SpiderMultusConfig.

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "multus/cni_types.h"
#include "multus/rail.h"
#include "multus/rail_annotations.h"

namespace railhook {
namespace {

// Reads one SpiderMultusConfig into its rail.
class Reader {
 public:
  Reader(const ObjectMeta& meta, const Json& object) : meta_(meta), spec_(Member(&object, "spec")) {
    rail_.source = RailSource::kSpiderMultusConfig;
    rail_.name_space = meta.name_space;
    rail_.smc = meta.name;
    const std::string* renamed = meta.Annotation(kCrNameAnnotation);
    rail_.name = renamed != nullptr && !renamed->empty() ? *renamed : meta.name;
    rail_.deleting = meta.deleting;
    rail_.cni_type = TextMember(spec_, "cniType");
  }

  Rail Read() && {
    ReadRailAnnotations(meta_, rail_);
    type_ = FindCniType(rail_.cni_type);
    if (type_ == nullptr || !type_->is_rail) {
      AddProblem("cniType", "is " + Quoted(rail_.cni_type.empty() ? "custom" : rail_.cni_type) +
                                ": a rail is macvlan, ipvlan, vlan, sriov, ib-sriov or ipoib");
      return std::move(rail_);
    }
    settings_ = Member(spec_, type_->settings);
    if (settings_ == nullptr || !settings_->is_object()) {
      AddProblem(type_->settings, "is missing: cniType " + Quoted(rail_.cni_type) + " needs it");
      return std::move(rail_);
    }
    ReadResource();
    ReadPools();
    ReadDevice();
    CheckCompleteness();
    return std::move(rail_);
  }

 private:
  std::string Setting(std::string_view field) const {
    return std::string(type_->settings) + '.' + std::string(field);
  }

  static Problem ProblemAt(std::string_view field, std::string_view what) {
    std::string pointer = "/spec/" + std::string(field);
    std::replace(pointer.begin() + 6, pointer.end(), '.', '/');
    return {pointer, "spec." + std::string(field) + ' ' + std::string(what)};
  }

  void AddProblem(std::string_view field, std::string_view what) {
    rail_.problems.push_back(ProblemAt(field, what));
  }

  void ReadResource() {
    if (const std::string* resource = meta_.Annotation(kResourceAnnotation)) {
      rail_.resource = *resource;
      CheckResourceName(rail_, AnnotationPointer(kResourceAnnotation),
                        AnnotationField(kResourceAnnotation));
      return;
    }
    if (type_->resource.empty()) return;
    const std::string field = Setting(type_->resource);
    if (const Json* resource = Member(settings_, type_->resource)) {
      if (!resource->is_string()) {
        return AddProblem(field, "is " + Compact(*resource) + ": write a text, domain/name");
      }
      rail_.resource = resource->get<std::string>();
    }
    CheckResourceName(rail_, ProblemAt(field, "").pointer, "spec." + field);
  }

  void ReadPools() {
    const Json* disabled = Member(spec_, "disableIPAM");
    rail_.has_own_ipam = disabled != nullptr && disabled->is_boolean() && disabled->get<bool>();
    const Json* pools = Member(settings_, "ippools");
    std::string field = Setting("ippools");
    if (pools == nullptr) {
      pools = Member(spec_, "ippools");
      if (pools != nullptr) field = "ippools";
    }
    for (const std::string_view family : {"ipv4", "ipv6"}) {
      ReadNames(Member(pools, family), field + '.' + std::string(family), rail_.pools);
    }
  }

  // A list of texts; some write a single one without the list.
  void ReadNames(const Json* list, const std::string& field, std::vector<std::string>& names) {
    if (list == nullptr) return;
    if (!list->is_array()) {
      return AddProblem(field,
                        "is " + OneLine(Compact(*list), 60) + ": write a list, such as [\"name\"]");
    }
    for (const Json& name : *list) {
      if (!name.is_string()) {
        return AddProblem(field,
                          "holds " + OneLine(Compact(name), 60) + ": write names, in quotes");
      }
      if (!name.get_ref<const std::string&>().empty()) names.push_back(name.get<std::string>());
    }
  }

  void ReadDevice() {
    if (rail_.cni_type == "sriov" || rail_.cni_type == "ib-sriov") {
      rail_.sort_name = TextMember(settings_, "resourceName");
    } else if (rail_.cni_type == "ipoib") {
      rail_.sort_name = TextMember(settings_, "master");
      if (rail_.sort_name.empty()) {
        AddProblem("ipoib.master", "is missing: name the InfiniBand interface, such as \"ib0\"");
      }
    } else {
      std::vector<std::string> masters;
      ReadNames(Member(settings_, "master"), Setting("master"), masters);
      const std::string bond = TextMember(Member(settings_, "bond"), "name");
      if (masters.size() >= 2 && !bond.empty())
        rail_.sort_name = bond;
      else if (!masters.empty())
        rail_.sort_name = masters.front();
    }
  }

  void CheckCompleteness() {
    const bool no_resource = rail_.resource.empty();
    if (no_resource) rail_.problems.push_back(MissingResource());
    if (!rail_.pools.empty() || rail_.has_own_ipam) return;
    AddProblem(Setting("ippools"),
               "names no pool: write ippools: {ipv4: [POOL]}, or disableIPAM: true under spec");
    rail_.problems.back().rdma_only = no_resource;
  }

  Problem MissingResource() const {
    if (type_->resource.empty()) {
      return {AnnotationPointer(kResourceAnnotation),
              AnnotationField(kResourceAnnotation) + " is missing: " + rail_.cni_type +
                  " can't name its resource elsewhere; write the device plugin's, as domain/name",
              true};
    }
    Problem missing =
        ProblemAt(Setting(type_->resource),
                  "is missing: write the device plugin's resource, such as \"spidernet.io/gpu1\"");
    missing.rdma_only = true;
    return missing;
  }

  const ObjectMeta& meta_;
  const Json* spec_;
  const CniType* type_ = nullptr;
  const Json* settings_ = nullptr;
  Rail rail_;
};

}  // namespace

Rail RailOfSpiderMultusConfig(const ObjectMeta& meta, const Json& object) {
  return Reader(meta, object).Read();
}

}  // namespace railhook

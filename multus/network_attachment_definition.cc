// The rail of a NetworkAttachmentDefinition.

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "multus/rail.h"
#include "multus/rail_annotations.h"

namespace railhook {
namespace {

bool IsHelper(std::string_view plugin) {
  static constexpr std::string_view kHelpers[] = {"ifacer",    "coordinator",   "tuning", "rdma",
                                                  "bandwidth", "portmap",       "sbr",    "vrf",
                                                  "firewall",  "route-override"};
  return std::find(std::begin(kHelpers), std::end(kHelpers), plugin) != std::end(kHelpers);
}

bool IsKnownType(std::string_view type) {
  static constexpr std::string_view kTypes[] = {"macvlan",  "ipvlan", "vlan",       "sriov",
                                                "ib-sriov", "ipoib",  "host-device"};
  return std::find(std::begin(kTypes), std::end(kTypes), type) != std::end(kTypes);
}

// The type of the plugin that makes the interface: of a chain, the first that is no helper.
std::string TypeOfConfig(const Json& config) {
  const Json* plugins = Member(&config, "plugins");
  if (plugins == nullptr || !plugins->is_array()) return TextMember(&config, "type");
  for (const Json& plugin : *plugins) {
    std::string type = TextMember(&plugin, "type");
    if (!type.empty() && !IsHelper(type)) return type;
  }
  return plugins->empty() ? std::string() : TextMember(&plugins->front(), "type");
}

// The type, which a device of its own makes up for.
void ReadType(const ObjectMeta& meta, const Json& object, Rail& rail) {
  const std::string text = TextMember(Member(&object, "spec"), "config");
  const auto config = ParseJson(text.empty() ? "{}" : text);
  if (!config) {
    return rail.problems.push_back(
        {"/spec/config", "spec.config is no JSON: " + config.error().message});
  }
  rail.cni_type = TypeOfConfig(*config);
  if (IsKnownType(rail.cni_type) || meta.Annotation(kDeviceResourceAnnotation) != nullptr) return;
  std::string fault = "has the CNI type " + Quoted(rail.cni_type);
  if (rail.cni_type.empty()) fault = text.empty() ? "is missing" : "names no CNI type";
  rail.problems.push_back(
      {"/spec/config", "spec.config " + fault +
                           ": a rail is macvlan, ipvlan, vlan, sriov, ib-sriov, ipoib or "
                           "host-device, or names its resource in " +
                           AnnotationField(kDeviceResourceAnnotation)});
}

void ReadResource(const ObjectMeta& meta, Rail& rail) {
  for (const std::string_view key : {kResourceAnnotation, kDeviceResourceAnnotation}) {
    const std::string* resource = meta.Annotation(key);
    if (resource == nullptr) continue;
    rail.resource = *resource;
    return CheckResourceName(rail, AnnotationPointer(key), AnnotationField(key));
  }
}

// The name of the SpiderMultusConfig that it was made from; "" where there is none.
std::string MakerIn(const ObjectMeta& meta) {
  const auto maker =
      std::find_if(meta.owners.begin(), meta.owners.end(),
                   [](const OwnerReference& owner) { return owner.kind == "SpiderMultusConfig"; });
  return maker == meta.owners.end() ? "" : maker->name;
}

// Its annotations are copies: the SpiderMultusConfig is the rail, this only tells what the network
// needs.
void LeaveClasses(Rail& rail) {
  rail.rdma_classes.clear();
  rail.network_classes.clear();
}

}  // namespace

Rail RailOfNetworkAttachmentDefinition(const ObjectMeta& meta, const Json& object) {
  Rail rail;
  rail.source = RailSource::kNetworkAttachmentDefinition;
  rail.name_space = meta.name_space;
  rail.name = meta.name;
  rail.deleting = meta.deleting;
  rail.has_own_ipam = true;
  ReadType(meta, object, rail);
  ReadRailAnnotations(meta, rail);
  rail.smc = MakerIn(meta);
  if (!rail.smc.empty()) LeaveClasses(rail);
  ReadResource(meta, rail);
  if (rail.resource.empty()) {
    rail.problems.push_back(
        {AnnotationPointer(kResourceAnnotation),
         AnnotationField(kResourceAnnotation) + " is missing, and " +
             std::string(kDeviceResourceAnnotation) +
             " too: write the device plugin's resource, such as \"rdma/hca_gpu\"",
         true});
  }
  return rail;
}

}  // namespace railhook

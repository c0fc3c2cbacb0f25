#include "multus/rail_annotations.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/text.h"
#include "k8sclient/names.h"

namespace railhook {
namespace {

void AddClasses(const std::string* list, std::vector<std::string>& classes) {
  if (list == nullptr) return;
  for (std::string& name : SplitList(*list)) {
    if (std::find(classes.begin(), classes.end(), name) == classes.end()) {
      classes.push_back(std::move(name));
    }
  }
}

void ReadClasses(const ObjectMeta& meta, Rail& rail) {
  const std::string* rdma = meta.Annotation(AnnotationOf(InjectKey::kRdma));
  const std::string* network = meta.Annotation(AnnotationOf(InjectKey::kNetwork));
  const std::string* more = meta.Annotation(kClassesAnnotation);
  AddClasses(rdma, rail.rdma_classes);
  AddClasses(network, rail.network_classes);
  if (rdma != nullptr || network == nullptr) AddClasses(more, rail.rdma_classes);
  if (network != nullptr) AddClasses(more, rail.network_classes);
}

void ReadOrder(const ObjectMeta& meta, Rail& rail) {
  const std::string* text = meta.Annotation(kOrderAnnotation);
  if (text == nullptr) return;
  std::string_view number = Trim(*text);
  if (number.starts_with('+') && !number.starts_with("+-")) number.remove_prefix(1);
  double order = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), order);
  if (error == std::errc() && end == number.data() + number.size() && std::isfinite(order)) {
    rail.order = order;
    return;
  }
  rail.problems.push_back(
      {AnnotationPointer(kOrderAnnotation), AnnotationField(kOrderAnnotation) + " is " +
                                                Quoted(*text) + ": write a number, such as \"1\""});
}

bool IsExclusiveType(const Rail& rail) {
  return rail.cni_type != "macvlan" && rail.cni_type != "ipvlan" && rail.cni_type != "vlan" &&
         rail.cni_type != "ipoib";
}

void ReadShared(const ObjectMeta& meta, Rail& rail) {
  rail.exclusive = IsExclusiveType(rail);
  const std::string* text = meta.Annotation(kSharedAnnotation);
  if (text == nullptr) return;
  if (*text == "true" || *text == "false") {
    rail.exclusive = *text == "false";
    return;
  }
  rail.problems.push_back(
      {AnnotationPointer(kSharedAnnotation), AnnotationField(kSharedAnnotation) + " is " +
                                                 Quoted(*text) + ": write \"true\" or \"false\""});
}

}  // namespace

std::string AnnotationPointer(std::string_view key) {
  return "/metadata/annotations" + PointerStep(key);
}

std::string AnnotationField(std::string_view key) { return "annotation " + std::string(key); }

void ReadRailAnnotations(const ObjectMeta& meta, Rail& rail) {
  ReadClasses(meta, rail);
  ReadOrder(meta, rail);
  ReadShared(meta, rail);
  if (const std::string* selector = meta.Annotation(kNodeSelectorAnnotation)) {
    rail.node_selector = *selector;
  }
}

void CheckResourceName(Rail& rail, std::string_view pointer, std::string_view field) {
  if (rail.resource.empty() || IsExtendedResource(rail.resource)) return;
  rail.problems.push_back(
      {std::string(pointer), std::string(field) + " is " + Quoted(rail.resource) +
                                 ", which is no extended resource: write domain/name, such as "
                                 "\"spidernet.io/gpu1\""});
}

}  // namespace railhook

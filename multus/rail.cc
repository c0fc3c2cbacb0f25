#include "multus/rail.h"

#include "base/text.h"

namespace railhook {

std::string_view AnnotationOf(InjectKey key) {
  return key == InjectKey::kRdma ? "cni.spidernet.io/rdma-resource-inject"
                                 : "cni.spidernet.io/network-resource-inject";
}

std::string_view KindOf(RailSource source) {
  return source == RailSource::kSpiderMultusConfig ? "SpiderMultusConfig"
                                                   : "NetworkAttachmentDefinition";
}

const std::string& Rail::ObjectName() const {
  return source == RailSource::kSpiderMultusConfig ? smc : name;
}

std::string Rail::Object() const {
  return std::string(KindOf(source)) + ' ' + name_space + '/' + ObjectName();
}

const std::vector<std::string>& Rail::Classes(InjectKey key) const {
  return key == InjectKey::kRdma ? rdma_classes : network_classes;
}

std::vector<Problem> Rail::ProblemsFor(InjectKey key) const {
  std::vector<Problem> found;
  for (const Problem& problem : problems) {
    if (key == InjectKey::kRdma || !problem.rdma_only) found.push_back(problem);
  }
  return found;
}

bool ComesBefore(const Rail& a, const Rail& b) {
  if (a.order.has_value() != b.order.has_value()) return a.order.has_value();
  if (a.order && *a.order != *b.order) return *a.order < *b.order;
  if (const int order = CompareNatural(a.sort_name, b.sort_name)) return order < 0;
  if (const int order = CompareNatural(a.name_space, b.name_space)) return order < 0;
  if (const int order = CompareNatural(a.name, b.name)) return order < 0;
  return CompareNatural(a.ObjectName(), b.ObjectName()) < 0;
}

}  // namespace railhook

#include "webhook/inject/namespace_label.h"

namespace railhook {
namespace {

bool NamesAClass(const NamespaceMeta& meta) {
  return meta.annotations.contains(AnnotationOf(InjectKey::kRdma)) ||
         meta.annotations.contains(AnnotationOf(InjectKey::kNetwork));
}

}  // namespace

std::vector<std::string> NamespacesWithoutLabel(const RailIndex& index,
                                                const InjectConfig& config) {
  std::vector<std::string> names;
  if (config.namespace_defaults != NamespaceDefaults::kLabel) return names;
  for (const auto& [name, meta] : index.namespaces()) {
    if (NamesAClass(meta) && !meta.Inherits()) names.push_back(name);
  }
  return names;
}

}  // namespace railhook

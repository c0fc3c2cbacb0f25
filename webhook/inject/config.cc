#include "webhook/inject/config.h"

#include "base/contains.h"
#include "k8sclient/quantity.h"

namespace railhook {
namespace {

Result<> ReadClass(const Setting& setting, ClassConfig& config) {
  return setting.ReadMap({
      {"expectRails",
       [&](const Setting& s) -> Result<> {
         TRY(s.Read(config.expect_rails));
         return s.Expect(*config.expect_rails > 0, "a number from 1");
       }},
      {"capabilities", [&](const Setting& s) { return s.Read(config.capabilities); }},
      {"shmSize",
       [&](const Setting& s) -> Result<> {
         TRY(s.Read(config.shm_size));
         return s.Expect(IsAboveZero(config.shm_size), "a size, such as \"16Gi\"");
       }},
      {"env", [&](const Setting& s) { return s.Read(config.env); }},
      {"nodeSelector", [&](const Setting& s) { return s.Read(config.node_selector); }},
  });
}

Result<> ReadPodTemplate(const Setting& setting, PodTemplateKind& kind) {
  TRY(setting.ReadMap({
      {"apiVersion", [&](const Setting& s) { return s.Read(kind.api_version); }},
      {"kind", [&](const Setting& s) { return s.Read(kind.kind); }},
      {"path", [&](const Setting& s) { return s.Read(kind.path); }},
  }));
  const bool whole = !kind.api_version.empty() && !kind.kind.empty() && !kind.path.empty();
  return setting.Expect(whole, "apiVersion, kind and path");
}

Result<> ReadPodResourceInject(const Setting& setting, InjectConfig& config) {
  return setting.ReadMap({
      {"enabled", [&](const Setting& s) { return s.Read(config.enabled); }},
      {"namespacesInclude", [&](const Setting& s) { return s.Read(config.namespaces_include); }},
      {"namespacesExclude", [&](const Setting& s) { return s.Read(config.namespaces_exclude); }},
  });
}

}  // namespace

Setting::Keys KeysOf(InjectConfig& config) {
  return {
      {"podResourceInject", [&](const Setting& s) { return ReadPodResourceInject(s, config); }},
      {"namespaceDefaults",
       [&](const Setting& s) {
         return s.Read<NamespaceDefaults>(config.namespace_defaults,
                                          {{"label", NamespaceDefaults::kLabel},
                                           {"all", NamespaceDefaults::kAll},
                                           {"off", NamespaceDefaults::kOff}});
       }},
      {"railNamespaces", [&](const Setting& s) { return s.Read(config.rail_namespaces); }},
      {"existingNetworks",
       [&](const Setting& s) {
         return s.Read<ExistingNetworks>(config.existing_networks,
                                         {{"replace", ExistingNetworks::kReplace},
                                          {"merge", ExistingNetworks::kMerge},
                                          {"deny", ExistingNetworks::kDeny}});
       }},
      {"gpuResources", [&](const Setting& s) { return s.Read(config.gpu_resources); }},
      {"classes",
       [&](const Setting& s) {
         return s.ReadEach([&](const std::string& name, const Setting& settings) {
           return ReadClass(settings, config.classes[name]);
         });
       }},
      {"podTemplates",
       [&](const Setting& s) {
         return s.ReadItems([&](const Setting& item) {
           return ReadPodTemplate(item, config.pod_templates.emplace_back());
         });
       }},
      {"liveLookupsPerSecond",
       [&](const Setting& s) { return s.Read(config.live_lookups_per_second); }},
  };
}

std::optional<ExistingNetworks> ParseExistingNetworks(std::string_view name) {
  if (name == "replace") return ExistingNetworks::kReplace;
  if (name == "merge") return ExistingNetworks::kMerge;
  if (name == "deny") return ExistingNetworks::kDeny;
  return std::nullopt;
}

bool InjectConfig::Covers(std::string_view name_space) const {
  static const std::vector<std::string> kNever = {"kube-system", "kube-public", "kube-node-lease"};
  if (!enabled || name_space == own_namespace) return false;
  if (Contains(kNever, name_space) || Contains(namespaces_exclude, name_space)) return false;
  return namespaces_include.empty() || Contains(namespaces_include, name_space);
}

const ClassConfig* InjectConfig::ForClass(std::string_view name) const {
  const auto found = classes.find(name);
  return found == classes.end() ? nullptr : &found->second;
}

}  // namespace railhook

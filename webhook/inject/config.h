#pragma once
// Who gets rails, and what comes with them, as the configuration file says.

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/setting.h"
#include "k8sclient/object.h"

namespace railhook {

// Which pods inherit the class of their namespace.
enum class NamespaceDefaults { kLabel, kAll, kOff };

// What happens to networks that a pod names itself.
enum class ExistingNetworks { kReplace, kMerge, kDeny };
std::optional<ExistingNetworks> ParseExistingNetworks(std::string_view name);

// Another kind of object that holds pod templates. `path` leads to them: "spec.jobs.*.template", *
// being every item or member.
struct PodTemplateKind {
  std::string api_version;
  std::string kind;
  std::string path;
};

// What pods of one class get or must have beyond the rails.
struct ClassConfig {
  std::optional<std::size_t> expect_rails;
  std::vector<std::string> capabilities;
  std::string shm_size;  // a quantity, or ""
  StringMap env;
  bool node_selector = false;  // apply the rails' k8s.v1.cni.cncf.io/nodeSelector
};

struct InjectConfig {
  bool enabled = true;
  std::vector<std::string> namespaces_include;
  std::vector<std::string> namespaces_exclude;
  std::string own_namespace;  // the webhook's; not from the file
  NamespaceDefaults namespace_defaults = NamespaceDefaults::kLabel;
  std::vector<std::string> rail_namespaces;
  ExistingNetworks existing_networks = ExistingNetworks::kReplace;
  std::vector<std::string> gpu_resources = {"*/gpu",   "*/gpu.*", "*/gpu-*",
                                            "*/mig-*", "*/vgpu*", "huawei.com/Ascend*",
                                            "*/dcu*",  "*/mlu*",  "*/gaudi"};  // glob(7) patterns
  std::map<std::string, ClassConfig, std::less<>> classes;
  std::vector<PodTemplateKind> pod_templates;
  double live_lookups_per_second = 1;  // for each class that isn't known; 0: none

  // Whether pods of this namespace may get rails.
  bool Covers(std::string_view name_space) const;
  // The settings of a class, or null where it has none.
  const ClassConfig* ForClass(std::string_view name) const;
};

// The keys of the configuration file that set `config`, which must outlive them.
Setting::Keys KeysOf(InjectConfig& config);

}  // namespace railhook

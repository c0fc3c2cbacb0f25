#pragma once
// What kubeconfig files say.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "k8sclient/cluster_config.h"

namespace railhook {

struct KubeconfigFile {
  std::filesystem::path path;  // where relative paths start, and what errors name
  std::string text;
};

// LoadKubeconfig (cluster_config.h) without its reading of files; there must be one at least.
// kInvalid only.
Result<ClusterConfig> ReadKubeconfig(const std::vector<KubeconfigFile>& files,
                                     std::string_view context);

}  // namespace railhook

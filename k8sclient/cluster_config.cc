#include "k8sclient/cluster_config.h"

#include <algorithm>

#include "base/environment.h"

namespace railhook {
namespace {

using std::filesystem::path;

// The parts of a list with colons, as in PATH.
std::vector<path> SplitPaths(std::string_view list) {
  std::vector<path> paths;
  while (!list.empty()) {
    const auto part = list.substr(0, list.find(':'));
    if (!part.empty()) paths.emplace_back(part);
    list.remove_prefix(std::min(list.size(), part.size() + 1));
  }
  return paths;
}

}  // namespace

Result<ClusterConfig> FindClusterConfig(std::string_view kubeconfig, std::string_view context) {
  if (!kubeconfig.empty()) return LoadKubeconfig({kubeconfig}, context);
  auto pod = context.empty() ? InClusterConfig() : Fail(ErrorCode::kNotFound, "");
  if (pod || pod.error().code != ErrorCode::kNotFound) return pod;
  auto paths = SplitPaths(Environment("KUBECONFIG"));
  if (paths.empty()) paths = {path(Environment("HOME")) / ".kube/config"};
  auto loaded = LoadKubeconfig(paths, context);
  if (loaded || loaded.error().code != ErrorCode::kNotFound) return loaded;
  return Fail(ErrorCode::kNotFound, "no cluster to talk to: " + loaded.error().message +
                                        ", and this is no pod of one: write --kubeconfig FILE");
}

}  // namespace railhook

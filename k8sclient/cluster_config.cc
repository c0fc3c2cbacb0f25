#include "k8sclient/cluster_config.h"

#include <algorithm>
#include <utility>

#include "base/environment.h"
#include "base/files.h"
#include "base/text.h"
#include "k8sclient/kubeconfig.h"

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

std::string Listed(const std::vector<path>& paths) {
  std::vector<std::string> texts;
  for (const auto& file : paths) texts.push_back(file.string());
  return Join(texts, ", ");
}

}  // namespace

Result<ClusterConfig> LoadKubeconfig(const std::vector<path>& paths, std::string_view context) {
  std::vector<KubeconfigFile> files;
  for (const auto& file : paths) {
    auto text = ReadFile(file);
    if (!text && text.error().code == ErrorCode::kNotFound) continue;
    files.push_back({file, TRY(std::move(text))});
  }
  if (!files.empty()) return ReadKubeconfig(files, context);
  return Fail(ErrorCode::kNotFound, "there is no kubeconfig at " + Listed(paths));
}

Result<ClusterConfig> FindClusterConfig(std::string_view kubeconfig, std::string_view context) {
  if (!kubeconfig.empty()) return LoadKubeconfig({kubeconfig}, context);
  auto paths = SplitPaths(Environment("KUBECONFIG"));
  if (paths.empty()) paths = {path(Environment("HOME")) / ".kube/config"};
  auto loaded = LoadKubeconfig(paths, context);
  if (loaded || loaded.error().code != ErrorCode::kNotFound) return loaded;
  auto pod = context.empty() ? InClusterConfig() : Fail(ErrorCode::kNotFound, "");
  if (pod || pod.error().code != ErrorCode::kNotFound) return pod;
  return Fail(ErrorCode::kNotFound, "no cluster to talk to: " + loaded.error().message +
                                        ", and this is no pod of one: write --kubeconfig FILE");
}

}  // namespace railhook

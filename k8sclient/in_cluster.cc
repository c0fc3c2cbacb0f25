#include <string>

#include "base/environment.h"
#include "base/files.h"
#include "base/text.h"
#include "k8sclient/cluster_config.h"

namespace railhook {
namespace {

Result<> RequireFile(const std::filesystem::path& file) {
  const auto read = ReadFile(file);
  if (read) return {};
  return Fail(ErrorCode::kInvalid,
              "a pod must have its service account's files (see automountServiceAccountToken): " +
                  read.error().message);
}

}  // namespace

Result<ClusterConfig> InClusterConfig(const std::filesystem::path& mount) {
  const auto host = Environment("KUBERNETES_SERVICE_HOST");
  const auto port = Environment("KUBERNETES_SERVICE_PORT");
  if (host.empty() || port.empty()) {
    return Fail(ErrorCode::kNotFound,
                "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set: this is no pod");
  }
  ClusterConfig config;
  const bool is_ipv6 = host.find(':') != host.npos;
  config.server = "https://" + (is_ipv6 ? '[' + host + ']' : host) + ':' + port;
  config.ca_file = mount / "ca.crt";
  config.credentials.token_file = mount / "token";
  TRY(RequireFile(config.ca_file));
  TRY(RequireFile(config.credentials.token_file));
  if (const auto name_space = ReadFile(mount / "namespace")) config.name_space = Trim(*name_space);
  return config;
}

}  // namespace railhook

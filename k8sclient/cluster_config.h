#pragma once
// How to reach one API server, and as whom.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace railhook {

// A program that prints credentials (client.authentication.k8s.io).
struct ExecPlugin {
  std::string api_version;  // client.authentication.k8s.io/v1 or /v1beta1
  std::string command;      // a path, or a name that is looked up in PATH
  std::vector<std::string> arguments;
  std::vector<std::pair<std::string, std::string>> environment;  // beside the program's own
  std::string install_hint;
  bool provide_cluster_info = false;
  std::string cluster_extension;  // JSON that the cluster's entry has for plugins; "": none
};

// As kubectl has it, a client certificate may stand beside one of the others: token, user name with
// password, plugin. A plugin is left alone where there is a token or a user name.
struct Credentials {
  std::string client_certificate_pem;
  std::string client_key_pem;
  std::filesystem::path client_certificate_file;  // both are read again as they change; a file
  std::filesystem::path client_key_file;          // beats its text
  std::string token;
  std::filesystem::path token_file;  // read again as it changes; beats `token`
  std::string username;
  std::string password;
  std::optional<ExecPlugin> exec;

  // Whether they say by themselves what goes into the header Authorization.
  bool HaveAuthorization() const {
    return !token.empty() || !token_file.empty() || !username.empty();
  }
};

struct ClusterConfig {
  std::string server;  // "https://10.96.0.1:443", without a trailing slash; may have a path
  std::string tls_server_name;    // what the server's certificate must be for, where not its host
  std::string ca_pem;             // "": what the system trusts
  std::filesystem::path ca_file;  // read again as it changes; beats `ca_pem`
  bool insecure_skip_tls_verify = false;
  std::string proxy_url;  // "http://proxy:3128"; "": none
  Credentials credentials;
  std::string name_space;  // where nobody names one
};

// The cluster of a kubeconfig: the files of `paths` merged as kubectl does (the first one that sets
// a value wins; missing files are skipped as long as one is there), `context` or their
// current-context. Relative paths start at their file. kInvalid names the file, the entry, and what
// to write instead.
Result<ClusterConfig> LoadKubeconfig(const std::vector<std::filesystem::path>& paths,
                                     std::string_view context);

// The cluster that this process is a pod of, from KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT
// and the service account's files in `mount`. kNotFound where it is no pod, kInvalid for a pod
// without those files.
Result<ClusterConfig> InClusterConfig(
    const std::filesystem::path& mount = "/var/run/secrets/kubernetes.io/serviceaccount");

// What kubectl would use: `kubeconfig` where it is given, else the files of $KUBECONFIG (where it
// is not set, ~/.kube/config) if any is there, else the cluster that this process is a pod of,
// which has no contexts, so only without one. kNotFound lists what was looked for.
Result<ClusterConfig> FindClusterConfig(std::string_view kubeconfig, std::string_view context);

}  // namespace railhook

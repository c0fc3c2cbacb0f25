#pragma once
// Programs that print credentials (client.authentication.k8s.io). Nobody can be asked anything
// here, so plugins run without a terminal.

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/result.h"
#include "k8sclient/cluster_config.h"

namespace railhook {

// A token, or a certificate with its key, or both.
struct PluginCredentials {
  std::string token;
  std::string certificate_pem;
  std::string key_pem;
  std::optional<std::chrono::system_clock::time_point> expires;
};

// What a plugin is told, in KUBERNETES_EXEC_INFO. kNotFound or kUnavailable where the authority's
// file can't be read.
Result<std::string> ExecInfo(const ExecPlugin& plugin, const ClusterConfig& cluster);

// kInvalid says what is wrong with `output`, and never what is in it.
Result<PluginCredentials> ReadExecCredential(std::string_view output, std::string_view api_version);

// Runs the plugin of `cluster`, which must have one. kUnauthorized names it and repeats what it
// wrote to its standard error, or how to install it; kUnavailable where it took too long or was
// stopped.
Result<PluginCredentials> RunExecPlugin(const ClusterConfig& cluster,
                                        std::chrono::milliseconds deadline, std::stop_token stop);

}  // namespace railhook

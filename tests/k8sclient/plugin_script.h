#pragma once
// An exec plugin that is a shell script.

#include <sys/stat.h>

#include <string>

#include "base/files.h"
#include "k8sclient/cluster_config.h"
#include "tests/certs/temporary_directory.h"

namespace railhook {

// Has a function print_token TOKEN [EXPIRY], and counts how often it runs.
class PluginScript {
 public:
  explicit PluginScript(const std::string& body) {
    directory_.Write("plugin", R"(#!/bin/sh
printf x >> "$0.runs"
print_token() {
  printf '{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {'
  [ -z "$2" ] || printf '"expirationTimestamp": "%s", ' "$2"
  printf '"token": "%s"}}' "$1"
}
)" + body + '\n');
    ::chmod(path().c_str(), 0755);
  }

  std::string path() const { return directory_.path() / "plugin"; }

  // How often it was run.
  std::size_t runs() const { return ReadFile(path() + ".runs").value_or("").size(); }

  ClusterConfig Config() const {
    ClusterConfig cluster;
    auto& plugin = cluster.credentials.exec.emplace();
    plugin.api_version = "client.authentication.k8s.io/v1";
    plugin.command = path();
    return cluster;
  }

  const TemporaryDirectory& directory() const { return directory_; }

 private:
  TemporaryDirectory directory_;
};

}  // namespace railhook

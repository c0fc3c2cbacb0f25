#pragma once
// Where a subcommand gets its rails and configuration from.

#include <string>

#include "base/result.h"
#include "multus/rail_index.h"
#include "webhook/inject/config.h"

namespace CLI {
class App;
}

namespace railhook {

struct Sources {
  std::string rails;       // a directory or file, or ""
  std::string kubeconfig;  // a file, or ""
  std::string context;     // of the kubeconfig, or ""
  std::string config;      // a file, or "" for the defaults
};

// Adds --rails and --config to a subcommand.
void AddSources(CLI::App& command, Sources& sources);

// The errors name file and line.
Result<RailIndex> LoadIndex(const std::string& path);
Result<InjectConfig> LoadConfig(const std::string& path);

}  // namespace railhook

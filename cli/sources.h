#pragma once
// Where a subcommand gets its rails and configuration from.

#include <memory>
#include <optional>
#include <string>
#include <tl/expected.hpp>

#include "base/result.h"
#include "cli/command.h"
#include "k8sclient/client.h"
#include "k8sclient/transport.h"
#include "multus/rail_index.h"
#include "webhook/inject/config.h"

namespace CLI {
class App;
}

namespace railhook {

struct Ipam;

struct Sources {
  std::string rails;       // a directory or file; "": a cluster
  std::string kubeconfig;  // "": the cluster that kubectl would take
  std::string context;     // of the kubeconfig; "": its current one
  std::string config;      // a file; "": that of the installed server, or the defaults
};

// Adds --rails, --kubeconfig, --context and --config to a subcommand.
void AddSources(CLI::App& command, Sources& sources);

// A cluster that rails are read from.
struct Cluster {
  std::unique_ptr<Transport> transport;
  KubeClient client;       // speaks through it
  std::string name_space;  // where nobody names one: the context's, or "default"
};

struct Surroundings {
  RailIndex index;
  InjectConfig config;
  std::shared_ptr<const Ipam> networks;  // how railhook keeps them; null where it doesn't
  std::optional<Cluster> cluster;        // none where the rails come from files
};

// Reads all sources. What is not known but can be done without is noted on stderr, and so is an
// error: then the exit code is returned, kUsage where neither rails are named nor a cluster is
// found.
tl::expected<Surroundings, ExitCode> OpenSources(const Sources& sources);

// The errors name file and line.
Result<RailIndex> LoadIndex(const std::string& path);

}  // namespace railhook

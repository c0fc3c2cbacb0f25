#pragma once
// --sysfs-root and the like: where the host's files are, for tests and containers.

#include "vfmanager/host_paths.h"

namespace CLI {
class App;
}

namespace railhook {

// Adds them to a subcommand; what isn't given stays as it is in `paths`.
void AddHostOptions(CLI::App& command, HostPaths& paths);

}  // namespace railhook

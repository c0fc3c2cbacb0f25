#include "cli/sources.h"

#include <CLI/CLI.hpp>
#include <cstdlib>

#include "base/files.h"
#include "multus/rail_directory.h"

namespace railhook {

void AddSources(CLI::App& command, Sources& sources) {
  command
      .add_option("--rails", sources.rails,
                  "Directory with the SpiderMultusConfigs, networks and namespaces as YAML or JSON")
      ->required()
      ->type_name("DIR");
  command.add_option("--config", sources.config, "Configuration file")->type_name("FILE");
}

Result<RailIndex> LoadIndex(const std::string& path) { return RailIndex(TRY(LoadRails(path))); }

Result<InjectConfig> LoadConfig(const std::string& path) {
  InjectConfig config;
  if (!path.empty()) {
    const std::string text = TRY(ReadFile(path));
    auto parsed = ParseConfig(text);
    if (!parsed) return Fail(path, parsed.error());
    config = std::move(*parsed);
  }
  if (const char* own = std::getenv("POD_NAMESPACE")) config.own_namespace = own;
  return config;
}

}  // namespace railhook

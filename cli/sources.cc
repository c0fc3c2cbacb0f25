#include "cli/sources.h"

#include <CLI/CLI.hpp>
#include <utility>

#include "cli/config.h"
#include "cli/installed_config.h"
#include "cli/terminal.h"
#include "k8sclient/cluster_config.h"
#include "k8sclient/http_transport.h"
#include "multus/cluster_objects.h"
#include "multus/rail_directory.h"

namespace railhook {
namespace {

tl::unexpected<ExitCode> Refuse(const Error& error, ExitCode code = kRefused) {
  PrintError(error.message);
  return tl::unexpected(code);
}

Result<Cluster> Connect(ClusterConfig config) {
  std::string name_space = config.name_space.empty() ? "default" : config.name_space;
  auto transport = TRY(MakeHttpTransport(std::move(config)));
  KubeClient client(*transport);
  return Cluster{std::move(transport), std::move(client), std::move(name_space)};
}

Result<Surroundings> ReadFiles(const Sources& sources) {
  RailIndex index = TRY(LoadIndex(sources.rails));
  Config config = TRY(LoadConfig(sources.config));
  return Surroundings{std::move(index), std::move(config.inject), nullptr, std::nullopt};
}

Result<Config> ConfigFor(const Sources& sources, const KubeClient& client) {
  if (!sources.config.empty()) return LoadConfig(sources.config);
  InstalledConfig installed = ReadInstalledConfig(client);
  if (!installed.note.empty()) PrintNote(installed.note);
  return std::move(installed.config);
}

Result<Surroundings> ReadCluster(const Sources& sources, ClusterConfig where) {
  Cluster cluster = TRY(Connect(std::move(where)));
  ClusterListing listing = TRY(ListClusterObjects(cluster.client));
  for (const std::string& note : listing.notes) PrintNote(note);
  Config config = TRY(ConfigFor(sources, cluster.client));
  std::shared_ptr<const Ipam> networks;
  if (config.controllers.multus) networks = std::make_shared<const Ipam>(std::move(config.ipam));
  return Surroundings{RailIndex(std::move(listing.objects)), std::move(config.inject),
                      std::move(networks), std::move(cluster)};
}

}  // namespace

void AddSources(CLI::App& command, Sources& sources) {
  auto* rails =
      command
          .add_option(
              "--rails", sources.rails,
              "Directory with the SpiderMultusConfigs, networks and namespaces as YAML or JSON")
          ->type_name("DIR");
  command
      .add_option("--kubeconfig", sources.kubeconfig,
                  "Cluster to read them from instead; without --rails and --kubeconfig it is the "
                  "one that kubectl would use")
      ->type_name("FILE")
      ->excludes(rails);
  command.add_option("--context", sources.context, "Context of the kubeconfig")
      ->type_name("NAME")
      ->excludes(rails);
  command
      .add_option("--config", sources.config,
                  "Configuration file; with a cluster the default is that of the railhook "
                  "installed there")
      ->type_name("FILE");
}

tl::expected<Surroundings, ExitCode> OpenSources(const Sources& sources) {
  if (!sources.rails.empty()) {
    auto read = ReadFiles(sources);
    if (!read) return Refuse(read.error());
    return std::move(*read);
  }
  auto where = FindClusterConfig(sources.kubeconfig, sources.context);
  if (!where) {
    const bool none = where.error().code == ErrorCode::kNotFound && sources.kubeconfig.empty();
    if (none)
      where.error().message = "no rails to read: write --rails DIR or --kubeconfig FILE (" +
                              where.error().message + ')';
    return Refuse(where.error(), none ? kUsage : kRefused);
  }
  auto read = ReadCluster(sources, std::move(*where));
  if (!read) return Refuse(read.error());
  return std::move(*read);
}

Result<RailIndex> LoadIndex(const std::string& path) { return RailIndex(TRY(LoadRails(path))); }

}  // namespace railhook

#include "cli/cluster_side.h"

#include <unistd.h>

#include <array>
#include <optional>
#include <utility>

#include "base/environment.h"
#include "certs/ca_bundle.h"
#include "certs/certificate_rotation.h"
#include "certs/secret_source.h"
#include "cli/cluster_policies.h"
#include "cli/command.h"
#include "cli/installed_config.h"
#include "cli/samples.h"
#include "k8sclient/cluster_config.h"
#include "k8sclient/http_transport.h"
#include "k8sclient/lease.h"
#include "k8sclient/resource_type.h"
#include "k8sclient/warning_events.h"
#include "multus/cluster_rails.h"
#include "multus/live_rails.h"
#include "webhook/inject/namespace_label.h"

namespace railhook {
namespace {

std::string OwnNamespace(const ClusterConfig& cluster) {
  const std::string own = Environment("POD_NAMESPACE");
  if (!own.empty()) return own;
  return cluster.name_space.empty() ? "default" : cluster.name_space;
}

// Tells the replicas apart.
std::string Identity() {
  const std::string pod = Environment("POD_NAME");
  if (!pod.empty()) return pod;
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  return std::string(host.data()) + '_' + std::to_string(::getpid());
}

ServerNames NamesOf(const std::string& service, const std::string& name_space) {
  const std::string full = service + '.' + name_space + ".svc";
  return {{full, full + ".cluster.local", service + '.' + name_space, service}, {}};
}

Result<ClusterConfig> FindCluster(const ClusterSideOptions& options) {
  if (!options.kubeconfig.empty()) return FindClusterConfig(options.kubeconfig, options.context);
  auto own = InClusterConfig();
  if (!own)
    return Fail("--rails DIR or --kubeconfig FILE is needed outside a cluster", own.error());
  return own;
}

}  // namespace

struct ClusterSide::Impl {
  const ConfigSource config;
  std::unique_ptr<Transport> transport;
  ClusterRails rails;
  std::optional<ClusterPolicies> policies;
  LiveRails live;
  LeaderElector leader;
  std::optional<SecretSource> secret;
  std::optional<CaBundleKeeper> bundle;
  std::optional<CertificateRotation> rotation;
  NetworkController networks;
  WarningEvents events;

  Impl(const ClusterSideOptions& options, const std::string& name_space, ConfigSource from,
       std::unique_ptr<Transport> over)
      : config(std::move(from)),
        transport(std::move(over)),
        rails(*transport),
        live(*transport),
        leader(*transport, name_space, options.service, Identity()),
        networks(*transport, leader, options.networks),
        events(*transport, leader, [this] { return Warnings(); }) {
    if (options.policies) policies.emplace(*transport);
    if (!options.certificate) return;
    secret.emplace(*transport, name_space, options.service + "-certs",
                   NamesOf(options.service, name_space), options.lifetimes);
    bundle.emplace(*transport, std::string(kRegistration), *secret, leader);
    rotation.emplace(*transport, name_space, *secret, *bundle, leader, options.lifetimes);
  }

  std::vector<std::string> WithoutLabel() const {
    return NamespacesWithoutLabel(*rails.Current(), *config());
  }

  std::vector<Warning> Warnings() const {
    std::vector<Warning> warnings = networks.Warnings();
    for (const std::string& name : WithoutLabel())
      warnings.push_back({{"v1", "Namespace", name, name, ""},
                          "RailsNotInherited",
                          "This namespace " + std::string(kWithoutLabel)});
    return warnings;
  }

  // All that is watched for requests.
  std::vector<ClusterRails::Part> Parts() const {
    auto parts = rails.parts();
    if (!policies) return parts;
    parts.push_back({std::string(kSriovNetworkNodePolicies.plural), policies->policy_status()});
    parts.push_back({std::string(kSriovNetworkPoolConfigs.plural), policies->pool_status()});
    return parts;
  }

  std::size_t Failing() const {
    std::size_t failing = 0;
    for (const auto& part : Parts()) failing += !part.status.error.empty() && !part.status.absent;
    return failing;
  }

  void AddMetrics(Metrics& metrics) const {
    metrics.AddGauge("railhook_leader", "1 on the replica that leads.",
                     [this] { return leader.leading() ? 1.0 : 0.0; });
    metrics.AddGauge("railhook_namespaces_without_label",
                     "Namespaces that name a class but lack the label railhook.io/inherit.",
                     [this] { return static_cast<double>(WithoutLabel().size()); });
    metrics.Add(Metrics::Type::kCounter, "railhook_live_reads_total",
                "Looks at the cluster for what the cache didn't know.",
                [this] { return ByResult(live.looks() - live.failures(), live.failures()); });
    AddWatchMetrics(metrics);
    AddNetworkMetrics(metrics);
  }

  void AddNetworkMetrics(Metrics& metrics) const {
    metrics.Add(Metrics::Type::kGauge, "railhook_networks",
                "SpiderMultusConfigs by what becomes of their network, on the replica that keeps "
                "networks.",
                [this] { return ByState(networks.counts()); });
    metrics.Add(Metrics::Type::kCounter, "railhook_network_writes_total",
                "Writes of networks by verb.", [this] { return WritesByVerb(networks); });
    metrics.AddGauge("railhook_networks_idle",
                     "1 where networks are to be kept and aren't, as Spiderpool may do so.",
                     [this] { return networks.idle().empty() ? 0.0 : 1.0; });
  }

  void AddWatchMetrics(Metrics& metrics) const {
    metrics.AddGauge("railhook_watches_failing", "Kinds of objects that can't be read just now.",
                     [this] { return static_cast<double>(Failing()); });
    metrics.Add(Metrics::Type::kGauge, "railhook_cache_last_event_timestamp_seconds",
                "When the API server last sent something of a kind.",
                [this] { return LastEventsByKind(Parts()); });
    metrics.Add(Metrics::Type::kCounter, "railhook_watch_restarts_total",
                "Watches that began anew, by why: ended, expired or error.",
                [this] { return RestartsByReason(Parts()); });
  }

  std::vector<std::string> CertificateTroubles() const {
    std::vector<std::string> troubles;
    if (secret && !secret->trouble().empty())
      troubles.push_back("certificate: " + secret->trouble());
    if (rotation && !rotation->trouble().empty())
      troubles.push_back("certificate: " + rotation->trouble());
    if (bundle && !bundle->trouble().empty()) troubles.push_back("caBundle: " + bundle->trouble());
    return troubles;
  }
};

Result<std::unique_ptr<ClusterSide>> ClusterSide::Start(const ClusterSideOptions& options,
                                                        ConfigSource config, Metrics& metrics) {
  const ClusterConfig cluster = TRY(FindCluster(options));
  HttpTransportOptions http;
  http.user_agent = "railhook/" + Version();
  auto transport = TRY(MakeHttpTransport(cluster, http));
  auto impl = std::make_unique<Impl>(options, OwnNamespace(cluster), std::move(config),
                                     std::move(transport));
  impl->AddMetrics(metrics);
  return std::unique_ptr<ClusterSide>(new ClusterSide(std::move(impl)));
}

ClusterSide::ClusterSide(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

ClusterSide::~ClusterSide() = default;

void ClusterSide::Leave() {
  impl_->live.Stop();
  impl_->leader.Resign();
}

std::shared_ptr<const RailIndex> ClusterSide::Rails() const {
  return impl_->rails.synced() ? impl_->rails.Current() : nullptr;
}

Result<std::shared_ptr<const RailIndex>> ClusterSide::Live(const std::string& subject,
                                                           const std::string& name_space,
                                                           TimePoint asked) {
  return impl_->live.Look(subject, name_space, *impl_->rails.Current(),
                          impl_->config()->live_lookups_per_second, asked);
}

std::optional<SriovObjects> ClusterSide::Policies() const {
  return impl_->policies ? impl_->policies->Current() : SriovObjects();
}

CertificateSource* ClusterSide::certificates() const {
  return impl_->secret ? &*impl_->secret : nullptr;
}

std::vector<std::string> ClusterSide::CertificateTroubles() const {
  return impl_->CertificateTroubles();
}

std::vector<std::string> ClusterSide::Troubles() const {
  std::vector<std::string> troubles;
  for (const auto& [resource, status] : impl_->Parts()) {
    if (!status.error.empty()) troubles.push_back(resource + ": " + status.error);
  }
  for (std::string& trouble : impl_->CertificateTroubles()) troubles.push_back(std::move(trouble));
  if (!impl_->leader.trouble().empty()) troubles.push_back("election: " + impl_->leader.trouble());
  if (!impl_->networks.idle().empty()) troubles.push_back(impl_->networks.idle());
  if (!impl_->networks.trouble().empty())
    troubles.push_back("networks: " + impl_->networks.trouble());
  if (!impl_->events.trouble().empty()) troubles.push_back("events: " + impl_->events.trouble());
  return troubles;
}

}  // namespace railhook

#include "cli/serving.h"

#include <atomic>
#include <ctime>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/reloading.h"
#include "base/text.h"
#include "certs/directory_source.h"
#include "cli/cluster_side.h"
#include "cli/command.h"
#include "cli/config.h"
#include "cli/listen_address.h"
#include "cli/pod_handler.h"
#include "cli/policy_handler.h"
#include "cli/samples.h"
#include "cli/smc_handler.h"
#include "cli/workload_handler.h"
#include "webhook/server/admission_endpoint.h"
#include "webhook/server/http_answer.h"
#include "webhook/server/http_server.h"
#include "webhook/server/process_metrics.h"

namespace railhook {
namespace {

using std::chrono::seconds;

// API servers hear of a pod's end no sooner than the pod itself, and connect to it meanwhile.
constexpr seconds kLinger(4);
// Then the end waits until no request has come for a while.
constexpr seconds kQuiet(1);
constexpr seconds kGrace(10);

std::string Text(const HttpServerOptions& options, std::uint16_t port) {
  const bool v6 = options.address.find(':') != std::string::npos;
  return (v6 ? '[' + options.address + ']' : options.address) + ':' + std::to_string(port);
}

// The names under which API servers and people reach a server that makes its own certificate.
ServerNames OwnNames() { return {{"localhost"}, {"127.0.0.1", "::1"}}; }

}  // namespace

struct Serving::Impl {
  Metrics metrics{Version()};
  std::optional<Controllers> controllers;  // none: as the configuration says
  std::unique_ptr<Reloading<Config>> config;
  std::unique_ptr<Reloading<RailIndex>> files;  // where the rails come from files
  std::unique_ptr<ClusterSide> cluster;         // where they come from a cluster
  std::unique_ptr<CertificateSource> own_certificates;
  CertificateSource* certificates = nullptr;
  std::atomic<bool> draining = false;
  std::unique_ptr<HttpServer>
      admission;  // the servers last: their threads end before what they use
  std::unique_ptr<HttpServer> health;

  Result<> OpenSources(const ServeOptions& options) {
    controllers = options.controllers;
    TRY(OpenConfig(options.sources, options.log_level));
    if (!options.sources.rails.empty()) {
      TRY(OpenFiles(options.sources.rails));
    } else {
      TRY(OpenCluster(options));
    }
    TRY(OpenCertificates(options));
    AddMetrics();
    return {};
  }

  Result<> OpenConfig(const Sources& sources, const std::string& log_level) {
    const auto file = std::make_shared<ConfigFile>(sources.config);
    const bool in_cluster = sources.rails.empty();
    const auto load = [file, log_level, in_cluster]() -> Result<Config> {
      Config loaded = TRY(file->Load());
      if (loaded.controllers.multus && !in_cluster) {
        return Fail(
            ErrorCode::kInvalid,
            "controllers: multus needs a cluster, and with --rails there is none: remove it");
      }
      SetLogLevel(Or(loaded.serving.log_level, log_level));
      return loaded;
    };
    config = TRY(Reloading<Config>::Open(
        "configuration", [file] { return file->Files(); }, load));
    return {};
  }

  std::shared_ptr<const InjectConfig> Injection() const {
    const auto current = config->Current();
    return {current, &current->inject};
  }

  std::shared_ptr<const TlsPolicy> Policy() const {
    const auto current = config->Current();
    return {current, &current->serving.tls};
  }

  // How networks get their addresses; null where none are to be kept.
  std::shared_ptr<const Ipam> Networks() const {
    const auto current = config->Current();
    if (!controllers.value_or(current->controllers).multus) return nullptr;
    return {current, &current->ipam};
  }

  Lifetimes LifetimesNow() const {
    const auto current = config->Current();
    return {current->serving.certificate_lifetime, current->serving.ca_lifetime};
  }

  Result<> OpenFiles(const std::string& path) {
    files = TRY(Reloading<RailIndex>::Open("rails", {path}, [path] { return LoadIndex(path); }));
    AddReloads("railhook_rails", "rails' files", *files);
    return {};
  }

  Result<> OpenCluster(const ServeOptions& options) {
    ClusterSideOptions side;
    side.kubeconfig = options.sources.kubeconfig;
    side.context = options.sources.context;
    side.service = options.service;
    side.certificate = options.certs.empty();
    side.lifetimes = [this] { return LifetimesNow(); };
    side.policies = options.sriov_policies;
    side.networks = [this] { return Networks(); };
    cluster = TRY(ClusterSide::Start(
        side, [this] { return Injection(); }, metrics));
    return {};
  }

  Result<> OpenCertificates(const ServeOptions& options) {
    if (cluster && cluster->certificates() != nullptr) {
      certificates = cluster->certificates();
      return {};
    }
    const LifetimesSource lifetimes = [this] { return LifetimesNow(); };
    own_certificates = options.certs.empty()
                           ? TRY(MakeThrowawayCertificate(OwnNames(), lifetimes))
                           : TRY(OpenCertificateDirectory(options.certs, OwnNames(), lifetimes));
    certificates = own_certificates.get();
    return {};
  }

  void AddMetrics() {
    AddProcessMetrics(metrics);
    AddReloads("railhook_config", "configuration", *config);
    AddCacheMetrics();
    AddCertificateMetrics();
    AddServerMetrics();
  }

  // `name` and `what` say what is read from files: railhook_config, configuration.
  template <typename T>
  void AddReloads(const std::string& name, const std::string& what, const Reloading<T>& source) {
    metrics.AddGauge(name + "_stale", "1 where the " + what + " changed to what can't be read.",
                     [&source] { return source.stale() ? 1.0 : 0.0; });
    metrics.Add(Metrics::Type::kCounter, name + "_reload_total",
                "Changes of the " + what + " read.",
                [&source] { return ByResult(source.reloads(), source.failures()); });
  }

  void AddCacheMetrics() {
    metrics.AddGauge("railhook_rails", "Networks known, those without a class included.",
                     [this] { return static_cast<double>(KnownRails()); });
    metrics.AddGauge("railhook_cache_synced", "1 once the rails are known.",
                     [this] { return Rails() ? 1.0 : 0.0; });
    metrics.Add(Metrics::Type::kGauge, "railhook_cache_objects", "Objects known, by kind.",
                [this] { return ObjectsByKind(Rails().get()); });
  }

  void AddCertificateMetrics() {
    metrics.Add(Metrics::Type::kGauge, "railhook_certificate_expiry_timestamp_seconds",
                "When the serving certificate (leaf) and its CA end.", [this] {
                  const auto current = certificates->Current();
                  return EndsByCert(current ? current->get() : nullptr);
                });
    metrics.Add(Metrics::Type::kCounter, "railhook_certificate_reload_total",
                "Changes of the serving certificate.", [this] {
                  const auto [taken, refused] = certificates->reloads();
                  return ByResult(taken, refused);
                });
    metrics.AddGauge("railhook_certificate_trouble",
                     "1 where the serving certificate, its Secret or the caBundle isn't as it "
                     "should be, or ends soon.",
                     [this] { return HasCertificateTrouble() ? 1.0 : 0.0; });
  }

  void AddServerMetrics() {
    metrics.Add(Metrics::Type::kGauge, "railhook_connections",
                "Connections open on the admission port, by state.",
                [this] { return ByState(admission->connection_counts()); });
    metrics.Add(Metrics::Type::kCounter, "railhook_connections_rejected_total",
                "Connections turned away, or cut to make room, by the limit that was reached.",
                [this] { return RejectionsByReason(admission->connection_counts()); });
    metrics.Add(Metrics::Type::kCounter, "railhook_http_responses_total",
                "Answers on the admission port, refusals included, by HTTP status.",
                [this] { return ByCode(admission->answers()); });
    metrics.Add(Metrics::Type::kCounter, "railhook_refusals_total",
                "Requests and clients turned away though nothing was wrong with them, by reason.",
                [this] { return RefusalsByReason(*admission); });
  }

  Result<> Listen(const ServeOptions& options) {
    auto admission_options = TRY(ParseListenAddress(options.listen));
    auto health_options = TRY(ParseListenAddress(options.health));
    health_options.threads = 1;
    health_options.workers = 0;
    admission = TRY(HttpServer::Start(admission_options, certificates, AdmissionEndpoints(),
                                      [this] { return Policy(); }));
    health = TRY(HttpServer::Start(health_options, nullptr, HealthEndpoints()));
    Log(LogLevel::kInfo, "serving",
        {{"admission", Text(admission_options, admission->port())},
         {"health", Text(health_options, health->port())},
         {"version", Version()},
         {"rails", static_cast<long long>(KnownRails())}});
    return {};
  }

  std::vector<HttpEndpoint> AdmissionEndpoints() {
    return {AdmissionEndpoint("/mutate-pods", PodHandler()),
            AdmissionEndpoint("/mutate-spidermultusconfigs", MakeSmcDefaulter(metrics)),
            AdmissionEndpoint("/validate-spidermultusconfigs",
                              MakeSmcValidator([this] { return Rails(); }, metrics)),
            AdmissionEndpoint("/validate-sriovnetworknodepolicies",
                              MakePolicyValidator([this] { return Policies(); }, metrics)),
            AdmissionEndpoint("/warn-workloads", WorkloadHandler())};
  }

  AdmissionHandler WorkloadHandler() {
    return MakeWorkloadHandler({[this] { return Rails(); }, [this] { return Injection(); }});
  }

  AdmissionHandler PodHandler() {
    PodHandlerSources sources;
    sources.rails = [this] { return Rails(); };
    sources.config = [this] { return Injection(); };
    if (cluster) {
      sources.live = [this](const std::string& subject, const std::string& name_space,
                            std::chrono::steady_clock::time_point asked) {
        return cluster->Live(subject, name_space, asked);
      };
    }
    return MakePodHandler(std::move(sources), metrics);
  }

  std::vector<HttpEndpoint> HealthEndpoints() {
    return {
        {"GET", "/healthz", [](const HttpRequest&) { return PlainText(200, "ok\n"); }},
        {"GET", "/readyz", [this](const HttpRequest&) { return Readiness(); }},
        {"GET", "/metrics", [this](const HttpRequest&) { return PrometheusText(metrics.Text()); }}};
  }

  HttpResponse Readiness() const {
    const std::string unready = Unready();
    std::string text = unready.empty() ? "ready\n" : "not ready: " + unready + '\n';
    if (files && files->stale()) text += "rails: the last good ones are in use, the log says why\n";
    if (config->stale()) text += "configuration: the last good one is in use, the log says why\n";
    if (own_certificates && !own_certificates->trouble().empty())
      text += "certificate: " + own_certificates->trouble() + '\n';
    if (cluster) {
      for (const std::string& trouble : cluster->Troubles()) text += trouble + '\n';
    }
    return PlainText(unready.empty() ? 200 : 503, std::move(text));
  }

  // Why no request should come here; "" where they should.
  std::string Unready() const {
    if (draining) return "draining";
    if (!Rails()) return "the cluster's rails aren't known yet";
    const auto end = CertificateEnd();
    if (!end) return "there is no certificate yet";
    return *end <= std::time(nullptr) ? "the serving certificate has expired" : "";
  }

  std::shared_ptr<const RailIndex> Rails() const {
    return cluster ? cluster->Rails() : files->Current();
  }

  std::optional<SriovObjects> Policies() const {
    return cluster ? cluster->Policies() : SriovObjects();
  }

  std::size_t KnownRails() const {
    const auto rails = Rails();
    return rails ? rails->rails().size() : 0;
  }

  bool HasCertificateTrouble() const {
    const bool own = own_certificates && !own_certificates->trouble().empty();
    return own || (cluster && !cluster->CertificateTroubles().empty());
  }

  std::optional<long> CertificateEnd() const {
    const auto current = certificates->Current();
    if (!current) return std::nullopt;
    return (*current)->not_after;
  }
};

Result<std::unique_ptr<Serving>> Serving::Start(const ServeOptions& options) {
  auto impl = std::make_unique<Impl>();
  TRY(impl->OpenSources(options));
  TRY(impl->Listen(options));
  return std::unique_ptr<Serving>(new Serving(std::move(impl)));
}

Serving::Serving(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Serving::~Serving() = default;

void Serving::Drain() {
  impl_->draining = true;
  Log(LogLevel::kInfo, "draining");
  impl_->admission->BeginDrain();
  if (impl_->cluster) {
    impl_->cluster->Leave();
    std::this_thread::sleep_for(kLinger);
  }
  impl_->admission->Finish(kQuiet, kGrace);
  Log(LogLevel::kInfo, "stopped");
}

}  // namespace railhook

#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <ctime>

#include "base/log.h"
#include "base/reloading.h"
#include "base/text.h"
#include "certs/directory_source.h"
#include "cli/command.h"
#include "cli/pod_handler.h"
#include "cli/sources.h"
#include "cli/terminal.h"
#include "webhook/server/admission_endpoint.h"
#include "webhook/server/http_server.h"

namespace railhook {
namespace {

using std::chrono::seconds;

struct Options {
  Sources sources;
  std::string listen = "127.0.0.1:8443";
  std::string health = "127.0.0.1:8081";
  std::string certs;
  std::string log_level = "info";
};

// "127.0.0.1:8443", "[::1]:8443"
Result<HttpServerOptions> ParseAddress(const std::string& text) {
  HttpServerOptions options;
  const auto colon = text.rfind(':');
  const std::string port = colon == std::string::npos ? "" : text.substr(colon + 1);
  std::string address = text.substr(0, colon);
  if (address.starts_with('[') && address.ends_with(']'))
    address = address.substr(1, address.size() - 2);
  const bool digits = !port.empty() && port.size() <= 5 &&
                      port.find_first_not_of("0123456789") == std::string::npos;
  if (!digits || address.empty() || std::stoi(port) > 65535) {
    return Fail(ErrorCode::kInvalid,
                Quoted(text) + " is no ADDR:PORT, such as 127.0.0.1:8443 or [::]:8443");
  }
  options.address = address;
  options.port = static_cast<std::uint16_t>(std::stoi(port));
  return options;
}

std::string Text(const HttpServerOptions& options, std::uint16_t port) {
  const bool v6 = options.address.find(':') != std::string::npos;
  return (v6 ? '[' + options.address + ']' : options.address) + ':' + std::to_string(port);
}

HttpResponse PlainText(int status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::move(body);
  return response;
}

// The names under which API servers and people reach a server that makes its own certificate.
ServerNames OwnNames() { return {{"localhost"}, {"127.0.0.1", "::1"}}; }

// The parts of a running server, from what it reads to what it serves.
class Serving {
 public:
  static Result<std::unique_ptr<Serving>> Start(const Options& options) {
    std::unique_ptr<Serving> serving(new Serving);
    TRY(serving->OpenSources(options));
    TRY(serving->Listen(options));
    return serving;
  }

  // Lets requests under way finish while load balancers look elsewhere.
  void Drain() {
    draining_ = true;
    Log(LogLevel::kInfo, "draining");
    admission_->BeginDrain();
    admission_->AwaitQuiet(seconds(10));
    Log(LogLevel::kInfo, "stopped");
  }

 private:
  Serving() : metrics_(Version()) {}

  Result<> OpenSources(const Options& options) {
    certificates_ = options.certs.empty()
                        ? TRY(MakeThrowawayCertificate(OwnNames()))
                        : TRY(OpenCertificateDirectory(options.certs, OwnNames()));
    const Sources& sources = options.sources;
    rails_ = TRY(Reloading<RailIndex>::Open("rails", {sources.rails},
                                            [path = sources.rails] { return LoadIndex(path); }));
    std::vector<std::filesystem::path> config_files;
    if (!sources.config.empty()) config_files.push_back(sources.config);
    config_ = TRY(Reloading<InjectConfig>::Open(
        "configuration", config_files, [path = sources.config] { return LoadConfig(path); }));
    AddGauges();
    return {};
  }

  void AddGauges() {
    metrics_.AddGauge("railhook_rails", "Networks known, those without a class included.",
                      [this] { return static_cast<double>(rails_->Current()->rails().size()); });
    metrics_.AddGauge("railhook_rails_stale",
                      "1 where the rails' files changed to something that can't be read.",
                      [this] { return rails_->stale() ? 1.0 : 0.0; });
    metrics_.AddGauge("railhook_config_stale",
                      "1 where the configuration changed to something that can't be read.",
                      [this] { return config_->stale() ? 1.0 : 0.0; });
    metrics_.AddGauge("railhook_connections", "Connections open on the admission port.", [this] {
      return admission_ ? static_cast<double>(admission_->connections()) : 0.0;
    });
    metrics_.AddGauge("railhook_certificate_expiry_timestamp_seconds",
                      "When the serving certificate ends.",
                      [this] { return static_cast<double>(CertificateEnd()); });
  }

  Result<> Listen(const Options& options) {
    auto admission = TRY(ParseAddress(options.listen));
    auto health = TRY(ParseAddress(options.health));
    health.threads = 1;
    admission_ = TRY(HttpServer::Start(admission, certificates_.get(),
                                       {AdmissionEndpoint("/mutate-pods", PodHandler())}));
    health_ = TRY(HttpServer::Start(health, nullptr, HealthEndpoints()));
    Log(LogLevel::kInfo, "serving",
        {{"admission", Text(admission, admission_->port())},
         {"health", Text(health, health_->port())},
         {"version", Version()},
         {"rails", static_cast<long long>(rails_->Current()->rails().size())}});
    return {};
  }

  AdmissionHandler PodHandler() {
    return MakePodHandler(
        {[this] { return rails_->Current(); }, [this] { return config_->Current(); }}, metrics_);
  }

  std::vector<HttpEndpoint> HealthEndpoints() {
    return {{"GET", "/healthz", [](const HttpRequest&) { return PlainText(200, "ok\n"); }},
            {"GET", "/readyz", [this](const HttpRequest&) { return Readiness(); }},
            {"GET", "/metrics", [this](const HttpRequest&) {
               auto response = PlainText(200, metrics_.Text());
               response.content_type = "text/plain; version=0.0.4; charset=utf-8";
               return response;
             }}};
  }

  HttpResponse Readiness() const {
    if (draining_) return PlainText(503, "not ready: draining\n");
    if (CertificateEnd() <= std::time(nullptr))
      return PlainText(503, "not ready: the serving certificate has expired\n");
    std::string text = "ready\n";
    if (rails_->stale()) text += "rails: the last good ones are in use, the log says why\n";
    if (config_->stale()) text += "configuration: the last good one is in use, the log says why\n";
    return PlainText(200, text);
  }

  long CertificateEnd() const {
    const auto current = certificates_->Current();
    return current ? (*current)->not_after : 0;
  }

  Metrics metrics_;
  std::unique_ptr<CertificateSource> certificates_;
  std::unique_ptr<Reloading<RailIndex>> rails_;
  std::unique_ptr<Reloading<InjectConfig>> config_;
  std::atomic<bool> draining_ = false;
  std::unique_ptr<HttpServer>
      admission_;  // the servers last: their threads end before what they use
  std::unique_ptr<HttpServer> health_;
};

// Each connection takes a file descriptor, and the usual soft limit is a tenth of what is wanted.
void RaiseFileLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

int RunServe(const Options& options) {
  SetLogLevel(options.log_level);
  RaiseFileLimit();
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals,
                  nullptr);  // before any thread starts, so that only sigwait gets them
  const auto serving = Serving::Start(options);
  if (!serving) {
    PrintError(serving.error().message);
    return kRefused;
  }
  int signal = 0;
  sigwait(&signals, &signal);
  (*serving)->Drain();
  return kOk;
}

}  // namespace

void AddServe(CLI::App& app, Command& chosen) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("serve", "Serve the admission webhook over TLS");
  AddSources(*command, options->sources);
  command->get_option("--rails")->required();
  command
      ->add_option("--listen", options->listen,
                   "Address of the webhook (POST /mutate-pods); port 0 picks a free one")
      ->type_name("ADDR:PORT")
      ->capture_default_str();
  command
      ->add_option("--health", options->health,
                   "Address of /healthz, /readyz and /metrics, without TLS")
      ->type_name("ADDR:PORT")
      ->capture_default_str();
  command
      ->add_option("--certs", options->certs,
                   "Directory with tls.crt, tls.key and ca.crt, made there where it has none; "
                   "without it a throwaway "
                   "certificate is kept in memory")
      ->type_name("DIR");
  command->add_option("--log-level", options->log_level, "debug, info, warning or error")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}))
      ->capture_default_str();
  command->footer(
      "Rails and configuration are read again when their files change; what can't be read leaves "
      "the last good state in use.\n"
      "The first log line says which ports were taken. SIGTERM lets requests under way finish.");
  command->callback([options, &chosen] { chosen = [options] { return RunServe(*options); }; });
}

}  // namespace railhook

#include <sys/resource.h>

#include <CLI/CLI.hpp>

#include "base/log.h"
#include "cli/command.h"
#include "cli/end_signals.h"
#include "cli/serving.h"
#include "cli/terminal.h"

namespace railhook {
namespace {

// Each connection takes a file descriptor, and the usual soft limit is a tenth of what is wanted.
void RaiseFileLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

bool NoSource(const ServeOptions& options) {
  return options.sources.rails.empty() && options.sources.kubeconfig.empty();
}

int RunServe(const ServeOptions& options) {
  SetLogLevel(options.log_level);
  RaiseFileLimit();
  const EndSignals end;
  const auto serving = Serving::Start(options);
  if (!serving) {
    PrintError(serving.error().message);
    return serving.error().code == ErrorCode::kNotFound && NoSource(options) ? kUsage : kRefused;
  }
  end.Await();
  (*serving)->Drain();
  return kOk;
}

}  // namespace

void AddServe(CLI::App& app, Command& chosen) {
  auto options = std::make_shared<ServeOptions>();
  auto* command = app.add_subcommand("serve", "Serve the admission webhook over TLS");
  AddSources(*command, options->sources);
  command->get_option("--kubeconfig")
      ->description(
          "Cluster to read them from instead; without --rails and --kubeconfig it is the one that "
          "the program runs in");
  command->get_option("--context")->needs(command->get_option("--kubeconfig"));
  command->get_option("--config")->description("Configuration file");
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
                   "without it replicas in a "
                   "cluster share one in a Secret, and --rails has a throwaway one in memory")
      ->type_name("DIR");
  command
      ->add_option(
          "--service", options->service,
          "In a cluster: the Service, in railhook's own namespace (POD_NAMESPACE), by which "
          "API servers call; its certificate is kept in the Secret NAME-certs")
      ->type_name("NAME")
      ->capture_default_str();
  command
      ->add_option_function<std::string>(
          "--controllers",
          [options](const std::string& list) {
            auto controllers = ParseControllers(list);
            if (!controllers)
              throw CLI::ValidationError("--controllers", controllers.error().message);
            options->controllers = *controllers;
          },
          "What the leader keeps in the cluster, separated by commas, instead of what the "
          "configuration says; multus: a NetworkAttachmentDefinition for each SpiderMultusConfig")
      ->type_name("LIST")
      ->excludes(command->get_option("--rails"));
  command
      ->add_flag("--sriov-policies", options->sriov_policies,
                 "In a cluster: watch SriovNetworkNodePolicies, so that one that contradicts "
                 "another is refused")
      ->excludes(command->get_option("--rails"));
  AddLogLevel(*command, options->log_level);
  command->footer(
      "Rails and configuration are read again when their files change; what can't be read leaves "
      "the last good state in use.\n"
      "The first log line says which ports were taken. SIGTERM lets requests under way finish.");
  command->callback([options, &chosen] { chosen = [options] { return RunServe(*options); }; });
}

}  // namespace railhook

#include <CLI/CLI.hpp>
#include <memory>

#include "base/environment.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/end_signals.h"
#include "cli/listen_address.h"
#include "cli/memory.h"
#include "cli/terminal.h"
#include "cli/vfmanager/device_plugin_option.h"
#include "cli/vfmanager/host_options.h"
#include "cli/vfmanager/vfmanager_command.h"
#include "k8sclient/cluster_config.h"
#include "k8sclient/http_transport.h"
#include "vfmanager/agent.h"
#include "vfmanager/agent_metrics.h"
#include "webhook/server/http_answer.h"
#include "webhook/server/http_server.h"

namespace railhook {
namespace {

struct RunOptions {
  AgentOptions agent;
  DevicePluginOption device_plugin;
  std::string kubeconfig;
  std::string metrics;  // ADDR:PORT, or "": none
  std::string log_level = "info";
  int poll_seconds = 30;
};

Result<ClusterConfig> FindCluster(const RunOptions& options) {
  if (!options.kubeconfig.empty()) return FindClusterConfig(options.kubeconfig, "");
  auto own = InClusterConfig();
  if (!own) return Fail("--kubeconfig FILE is needed outside a cluster", own.error());
  return own;
}

std::string NamespaceOf(const RunOptions& options, const ClusterConfig& cluster) {
  for (const std::string& name :
       {options.agent.name_space, Environment("POD_NAMESPACE"), cluster.name_space})
    if (!name.empty()) return name;
  return "default";
}

HttpResponse ReadyAnswer(const Agent& agent) {
  const std::string unready = agent.status().unready;
  return PlainText(unready.empty() ? 200 : 503, Or(unready, "ready") + '\n');
}

// Null where none are wanted. `agent` must outlive it.
Result<std::unique_ptr<HttpServer>> ServeMetrics(const std::string& address, const Agent& agent) {
  if (address.empty()) return nullptr;
  HttpServerOptions options = TRY(ParseListenAddress(address));
  options.threads = 1;
  options.workers = 0;
  return HttpServer::Start(
      options, nullptr,
      {{"GET", "/metrics",
        [&agent](const HttpRequest&) { return PrometheusText(MetricsText(agent.status())); }},
       {"GET", "/readyz", [&agent](const HttpRequest&) { return ReadyAnswer(agent); }}});
}

// Nothing happens on most nodes for days.
void AwaitEnd(const EndSignals& end) {
  while (!end.Await(std::chrono::seconds(10))) GiveMemoryBack();
}

Result<int> Work(RunOptions options) {
  const EndSignals end;
  const ClusterConfig cluster = TRY(FindCluster(options));
  HttpTransportOptions http;
  http.user_agent = "railhook-vfmanager/" + Version();
  const auto transport = TRY(MakeHttpTransport(cluster, http));
  options.agent.name_space = NamespaceOf(options, cluster);
  options.agent.poll = std::chrono::seconds(options.poll_seconds);
  options.agent.after_look = TRY(StartDevicePlugin(options.device_plugin, options.agent));
  const Agent agent(*transport, options.agent);
  const auto metrics = TRY(ServeMetrics(options.metrics, agent));
  Log(LogLevel::kInfo, "running",
      {{"node", options.agent.node},
       {"namespace", options.agent.name_space},
       {"version", Version()}});
  AwaitEnd(end);
  return kOk;
}

int Run(RunOptions options) {
  SetLogLevel(options.log_level);
  if (options.agent.node.empty()) options.agent.node = Environment("NODE_NAME");
  if (options.agent.node.empty()) {
    PrintError("--node NAME is needed, or the variable NODE_NAME");
    return kUsage;
  }
  return CodeOf(Work(std::move(options)));
}

}  // namespace

void AddRun(CLI::App& app, Command& chosen) {
  auto options = std::make_shared<RunOptions>();
  auto* command = app.add_subcommand(
      "run", "Keep this node's VFs as the cluster's SriovNetworkNodePolicies say");
  command->add_option("--node", options->agent.node, "The node's name; else that in NODE_NAME")
      ->type_name("NAME");
  command
      ->add_option("--namespace", options->agent.name_space,
                   "Of policies, pools and NodeStates; else that in POD_NAMESPACE")
      ->type_name("NAME");
  command
      ->add_option("--kubeconfig", options->kubeconfig,
                   "How to reach the cluster; without it the one that the program is a pod of")
      ->type_name("FILE");
  command
      ->add_option("--resource-prefix", options->agent.resource_prefix,
                   "What stands before the policies' resourceName")
      ->type_name("DOMAIN")
      ->capture_default_str();
  AddDevicePluginOption(*command, options->device_plugin);
  command->add_flag("--take-over", options->agent.take_over,
                    "Manage the VFs though sriov-network-operator does");
  command
      ->add_option("--poll", options->poll_seconds,
                   "Seconds after which the host is looked at again where nothing is heard")
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
  command
      ->add_option("--metrics", options->metrics,
                   "Where to serve /metrics and /readyz, without TLS")
      ->type_name("ADDR:PORT");
  AddLogLevel(*command, options->log_level);
  command->add_option("--guids", options->agent.paths.guids, "Static GUIDs of InfiniBand VFs")
      ->type_name("FILE")
      ->capture_default_str();
  AddHostOptions(*command, options->agent.paths);
  command->callback([options, &chosen] { chosen = [options] { return Run(*options); }; });
}

}  // namespace railhook

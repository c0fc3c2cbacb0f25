#include "k8sclient/exec_plugin.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "base/files.h"
#include "tests/k8sclient/plugin_script.h"

namespace railhook {
namespace {

using std::chrono::seconds;

constexpr std::string_view kV1 = "client.authentication.k8s.io/v1";

// "token|certificate|key|expiry in seconds since 1970", or the error's text.
std::string Show(const Result<PluginCredentials>& credentials) {
  if (!credentials) return credentials.error().message;
  std::string text =
      credentials->token + '|' + credentials->certificate_pem + '|' + credentials->key_pem + '|';
  if (!credentials->expires) return text;
  return text + std::to_string(std::chrono::system_clock::to_time_t(*credentials->expires));
}

std::string Read(std::string_view status) {
  return Show(ReadExecCredential(R"({"apiVersion": ")" + std::string(kV1) +
                                     R"(", "kind": "ExecCredential", "status": )" +
                                     std::string(status) + '}',
                                 kV1));
}

TEST_CASE("an ExecCredential has a token, a certificate with its key, or both") {
  CHECK(Read(R"({"token": "t"})") == "t|||");
  CHECK(Read(R"({"clientCertificateData": "c", "clientKeyData": "k"})") == "|c|k|");
  CHECK(Read(R"({"token": "t", "clientCertificateData": "c", "clientKeyData": "k"})") == "t|c|k|");
  CHECK(Read(R"({"token": "t", "expirationTimestamp": "2026-01-31T12:00:00Z"})") ==
        "t|||1769860800");
  CHECK(Read(R"({"token": "t", "expirationTimestamp": null})") == "t|||");
}

TEST_CASE("what is no ExecCredential is refused, and not repeated") {
  const std::string begin = "what it printed is no ExecCredential: ";
  const auto read = [](std::string_view text) { return Show(ReadExecCredential(text, kV1)); };
  CHECK(read("secret") == begin + "no JSON");
  CHECK(read("[]") == begin + "kind is not ExecCredential");
  CHECK(read(R"({"kind": "Secret", "token": "secret"})") == begin + "kind is not ExecCredential");
  CHECK(
      read(R"({"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1beta1"})") ==
      begin +
          "apiVersion is \"client.authentication.k8s.io/v1beta1\", where the kubeconfig has "
          "\"client.authentication.k8s.io/v1\"");
  const auto neither =
      begin + "status has neither token nor clientCertificateData with clientKeyData";
  CHECK(Read("{}") == neither);
  CHECK(Read("null") == neither);
  CHECK(Read(R"({"token": 5})") == neither);
  CHECK(Read(R"({"token": "t", "clientKeyData": "k"})") ==
        begin + "status has only one of clientCertificateData and clientKeyData");
  CHECK(Read(R"({"token": "t", "expirationTimestamp": "soon"})") ==
        begin + "status.expirationTimestamp: \"soon\" is no time (RFC 3339)");
}

TEST_CASE("a plugin is told about itself, and about the cluster where it asks") {
  ClusterConfig cluster;
  cluster.server = "https://api:6443";
  cluster.tls_server_name = "kubernetes";
  cluster.proxy_url = "http://proxy";
  cluster.ca_pem = "PEM";
  ExecPlugin plugin;
  plugin.api_version = kV1;
  CHECK(ExecInfo(plugin, cluster).value() ==
        R"({"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential",)"
        R"("spec":{"interactive":false}})");
  plugin.provide_cluster_info = true;
  plugin.cluster_extension = R"({"audience":"x"})";
  CHECK(ExecInfo(plugin, cluster).value() ==
        R"({"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential",)"
        R"("spec":{"cluster":{"certificate-authority-data":"UEVN","config":{"audience":"x"},)"
        R"("proxy-url":"http://proxy","server":"https://api:6443","tls-server-name":"kubernetes"},)"
        R"("interactive":false}})");
}

TEST_CASE("a plugin gets its arguments and variables") {
  const PluginScript script(R"(printf '%s' "$1 $2 $CLUSTER $KUBERNETES_EXEC_INFO" > "$0.asked")"
                            "\n"
                            R"(print_token t)");
  auto cluster = script.Config();
  cluster.credentials.exec->arguments = {"get", "a token"};
  cluster.credentials.exec->environment = {{"CLUSTER", "x"}};
  CHECK(Show(RunExecPlugin(cluster, seconds(60), {})) == "t|||");
  CHECK(ReadFile(script.path() + ".asked").value() ==
        R"(get a token x {"apiVersion":"client.authentication.k8s.io/v1",)"
        R"("kind":"ExecCredential","spec":{"interactive":false}})");
}

TEST_CASE("a plugin that fails is quoted") {
  const PluginScript script("echo 'log in first' >&2; exit 2");
  const auto run = RunExecPlugin(script.Config(), seconds(60), {});
  CHECK(Show(run) ==
        "credential plugin \"" + script.path() + "\" ended with status 2: log in first");
  CHECK(run.error().code == ErrorCode::kUnauthorized);
  const PluginScript odd("echo secret; echo why >&2");
  CHECK(Show(RunExecPlugin(odd.Config(), seconds(60), {})) ==
        "credential plugin \"" + odd.path() +
            "\": what it printed is no ExecCredential: no JSON: why");
}

TEST_CASE("a plugin that is not installed comes with its hint") {
  ClusterConfig cluster;
  auto& plugin = cluster.credentials.exec.emplace();
  plugin.command = "no-such-plugin";
  plugin.install_hint = "Get it from your administrator.\n";
  const auto run = RunExecPlugin(cluster, seconds(60), {});
  CHECK(Show(run) ==
        "credential plugin \"no-such-plugin\" can't be run: No such file or directory. Get it from "
        "your administrator.");
  CHECK(run.error().code == ErrorCode::kUnauthorized);
}

TEST_CASE("a plugin that hangs is ended") {
  const PluginScript script("sleep 100");
  const auto run = RunExecPlugin(script.Config(), std::chrono::milliseconds(100), {});
  CHECK(Show(run) == "credential plugin \"" + script.path() + "\": it took longer than 100 ms");
  CHECK(run.error().code == ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace railhook

#include "k8sclient/exec_plugin.h"

#include "base/files.h"
#include "base/json.h"
#include "base/run_program.h"
#include "base/text.h"
#include "k8sclient/object.h"
#include "k8sclient/time_text.h"
#include "tls/base64.h"

namespace railhook {
namespace {

Result<Json> ClusterInfo(const ExecPlugin& plugin, const ClusterConfig& cluster) {
  Json info = {{"server", cluster.server}};
  if (!cluster.tls_server_name.empty()) info["tls-server-name"] = cluster.tls_server_name;
  if (cluster.insecure_skip_tls_verify) info["insecure-skip-tls-verify"] = true;
  if (!cluster.proxy_url.empty()) info["proxy-url"] = cluster.proxy_url;
  const auto ca = cluster.ca_file.empty() ? cluster.ca_pem : TRY(ReadFile(cluster.ca_file));
  if (!ca.empty()) info["certificate-authority-data"] = EncodeBase64(ca);
  if (!plugin.cluster_extension.empty()) info["config"] = TRY(ParseJson(plugin.cluster_extension));
  return info;
}

tl::unexpected<Error> Refuse(std::string_view what) {
  return Fail(ErrorCode::kInvalid, "what it printed is no ExecCredential: " + std::string(what));
}

Result<> CheckType(const Json& credential, std::string_view api_version) {
  if (TextMember(&credential, "kind") != "ExecCredential")
    return Refuse("kind is not ExecCredential");
  const auto version = TextMember(&credential, "apiVersion");
  if (version == api_version) return {};
  return Refuse("apiVersion is " + Quoted(OneLine(version, 100)) + ", where the kubeconfig has " +
                Quoted(api_version));
}

// What the plugin wrote for people, in front of which `text` stands.
std::string WithComplaints(std::string text, const ProgramResult& result) {
  const auto complaints = Trim(result.complaints);
  if (!complaints.empty()) text.append(": ").append(OneLine(complaints, 2000));
  return text;
}

std::string WithHint(std::string text, const ExecPlugin& plugin) {
  const auto hint = Trim(plugin.install_hint);
  if (!hint.empty()) text.append(". ").append(hint);
  return text;
}

Result<ProgramResult> Run(const ClusterConfig& cluster, std::chrono::milliseconds deadline,
                          const std::stop_token& stop) {
  const auto& plugin = *cluster.credentials.exec;
  Program program{plugin.command, plugin.arguments, plugin.environment};
  program.environment.emplace_back("KUBERNETES_EXEC_INFO", TRY(ExecInfo(plugin, cluster)));
  auto result = RunProgram(program, {.time = deadline}, stop);
  if (!result && result.error().code == ErrorCode::kNotFound) {
    return Fail(ErrorCode::kNotFound, WithHint(result.error().message, plugin));
  }
  return result;
}

Result<PluginCredentials> RunAndRead(const ClusterConfig& cluster,
                                     std::chrono::milliseconds deadline,
                                     const std::stop_token& stop) {
  const auto& plugin = *cluster.credentials.exec;
  const auto result = TRY(Run(cluster, deadline, stop));
  if (result.status != 0) {
    return Fail(ErrorCode::kUnauthorized,
                WithComplaints(
                    Quoted(plugin.command) + " ended with status " + std::to_string(result.status),
                    result));
  }
  auto credentials = ReadExecCredential(result.output, plugin.api_version);
  if (credentials) return credentials;
  return Fail(ErrorCode::kUnauthorized,
              WithComplaints(Quoted(plugin.command) + ": " + credentials.error().message, result));
}

}  // namespace

Result<std::string> ExecInfo(const ExecPlugin& plugin, const ClusterConfig& cluster) {
  Json info = {{"kind", "ExecCredential"},
               {"apiVersion", plugin.api_version},
               {"spec", {{"interactive", false}}}};
  if (plugin.provide_cluster_info) info["spec"]["cluster"] = TRY(ClusterInfo(plugin, cluster));
  return Compact(info);
}

Result<PluginCredentials> ReadExecCredential(std::string_view output,
                                             std::string_view api_version) {
  const auto credential = ParseJson(output);
  if (!credential) return Refuse("no JSON");
  TRY(CheckType(*credential, api_version));
  const auto* status = Member(&*credential, "status");
  PluginCredentials found{TextMember(status, "token"), TextMember(status, "clientCertificateData"),
                          TextMember(status, "clientKeyData"), std::nullopt};
  if (found.certificate_pem.empty() != found.key_pem.empty()) {
    return Refuse("status has only one of clientCertificateData and clientKeyData");
  }
  if (found.token.empty() && found.key_pem.empty()) {
    return Refuse("status has neither token nor clientCertificateData with clientKeyData");
  }
  if (Member(status, "expirationTimestamp") != nullptr) {
    const auto time = ReadTime(TextMember(status, "expirationTimestamp"));
    if (!time) return Refuse("status.expirationTimestamp: " + time.error().message);
    found.expires = *time;
  }
  return found;
}

Result<PluginCredentials> RunExecPlugin(const ClusterConfig& cluster,
                                        std::chrono::milliseconds deadline, std::stop_token stop) {
  auto credentials = RunAndRead(cluster, deadline, stop);
  if (credentials) return credentials;
  const bool in_time = credentials.error().code != ErrorCode::kUnavailable;
  return Fail(in_time ? ErrorCode::kUnauthorized : ErrorCode::kUnavailable,
              "credential plugin " + credentials.error().message);
}

}  // namespace railhook

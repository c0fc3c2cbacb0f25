#include "k8sclient/kubeconfig.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/text.h"
#include "k8sclient/client_tls.h"
#include "k8sclient/kubeconfig_section.h"
#include "k8sclient/proxy.h"
#include "k8sclient/url.h"

namespace railhook {
namespace {

using Section = KubeconfigSection;

// A kubeconfig of another kind would look empty.
Result<> CheckKind(const Section& file) {
  const auto version = TRY(file.Text("apiVersion"));
  const auto kind = TRY(file.Text("kind"));
  if (!kind.empty() && kind != "Config") {
    return file.Refuse("kind", "it is " + Quoted(kind) + ", and a kubeconfig's is Config");
  }
  if (version.empty() || version == "v1") return {};
  return file.Refuse("apiVersion", "it is " + Quoted(version) + ": write v1");
}

Result<std::vector<Section>> Parse(const std::vector<KubeconfigFile>& files) {
  std::vector<Section> sections;
  for (const auto& [path, text] : files) {
    sections.push_back(TRY(Section::Parse(path, text)));
    TRY(CheckKind(sections.back()));
  }
  return sections;
}

// The entries of one kind ("user") over all files.
class Entries {
 public:
  // Of a name in several files the first counts, as a whole.
  static Result<Entries> Read(const std::vector<Section>& files, const std::string& kind) {
    Entries entries;
    entries.kind_ = kind;
    for (const auto& file : files) TRY(entries.Add(file));
    return entries;
  }

  Result<Section> Find(const std::string& name, const Section& asked_by,
                       std::string_view field) const {
    for (const auto& [known, section] : found_) {
      if (known == name) return section;
    }
    return asked_by.Refuse(field, "there is no " + kind_ + ' ' + Quoted(name) + Known(name));
  }

  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const auto& [name, section] : found_) names.push_back(name);
    return names;
  }

  std::string Known(const std::string& name) const {
    if (found_.empty()) return ", nor any other";
    const auto meant = DidYouMean(name, Names());
    return meant.empty() ? ": write one of " + Join(Names(), ", ") : meant;
  }

 private:
  Result<> Add(const Section& file) {
    std::vector<std::string> here;
    for (const auto& item : TRY(file.List(kind_ + 's'))) {
      const auto name = TRY(item.Text("name"));
      if (name.empty()) return item.Refuse("name", "each " + kind_ + " needs one");
      const auto named = item.Named(kind_ + ' ' + Quoted(name));
      if (std::find(here.begin(), here.end(), name) != here.end()) {
        return named.Refuse("name", "it is there twice: rename or delete one");
      }
      here.push_back(name);
      const auto all = Names();
      if (std::find(all.begin(), all.end(), name) != all.end()) continue;
      found_.emplace_back(name, TRY(named.Section(kind_)).Named(kind_ + ' ' + Quoted(name)));
    }
    return {};
  }

  std::string kind_;
  std::vector<std::pair<std::string, Section>> found_;
};

Result<> CheckServer(const Section& cluster, const ClusterConfig& config) {
  if (config.server.empty()) return cluster.Refuse("server", "write https://HOST:PORT");
  const auto url = ParseUrl(config.server);
  if (!url) return cluster.Refuse("server", url.error().message);
  if (url->scheme == "https" || url->scheme == "http") return {};
  return cluster.Refuse("server", "its scheme is " + Quoted(url->scheme) + ": write https");
}

// Whether the field's value can be used.
template <typename Parsed>
Result<> CheckParsed(const Section& section, std::string_view field, const Result<Parsed>& parsed) {
  if (parsed) return {};
  return section.Refuse(field, parsed.error().message);
}

Result<> NotBoth(const Section& section, std::string_view one, std::string_view other) {
  if (!section.Has(one) || !section.Has(other)) return {};
  return section.Refuse(other, "leave either this or " + std::string(one) + " out");
}

Result<> ReadCluster(const Section& cluster, ClusterConfig& config) {
  config.server = TRY(cluster.Text("server"));
  TRY(CheckServer(cluster, config));
  while (config.server.ends_with('/')) config.server.pop_back();
  config.tls_server_name = TRY(cluster.Text("tls-server-name"));
  config.proxy_url = TRY(cluster.Text("proxy-url"));
  if (!config.proxy_url.empty())
    TRY(CheckParsed(cluster, "proxy-url", ParseProxy(config.proxy_url)));
  config.insecure_skip_tls_verify = TRY(cluster.Flag("insecure-skip-tls-verify"));
  TRY(NotBoth(cluster, "certificate-authority-data", "certificate-authority"));
  config.ca_file = TRY(cluster.Path("certificate-authority"));
  config.ca_pem = TRY(cluster.Base64("certificate-authority-data"));
  if (!config.ca_pem.empty()) {
    TRY(CheckParsed(cluster, "certificate-authority-data", ParseCertificates(config.ca_pem)));
  }
  const bool has_ca = !config.ca_pem.empty() || !config.ca_file.empty();
  if (config.insecure_skip_tls_verify && has_ca) {
    return cluster.Refuse("insecure-skip-tls-verify", "leave it out, as there is an authority");
  }
  return {};
}

// What the cluster has to say to plugins.
Result<std::string> FindExtension(const Section& cluster) {
  for (const auto& item : TRY(cluster.List("extensions"))) {
    if (TRY(item.Text("name")) != "client.authentication.k8s.io/exec") continue;
    return item.Json("extension");
  }
  return std::string();
}

Result<> RefuseUnsupported(const Section& user) {
  if (user.Has("auth-provider")) {
    return user.Refuse("auth-provider",
                       "this way was removed from Kubernetes: write exec with a plugin");
  }
  for (const auto* field : {"as", "as-uid", "as-groups", "as-user-extra"}) {
    if (user.Has(field)) return user.Refuse(field, "impersonation is not supported: leave it out");
  }
  return {};
}

Result<> ReadCertificate(const Section& user, Credentials& credentials) {
  TRY(NotBoth(user, "client-certificate-data", "client-certificate"));
  TRY(NotBoth(user, "client-key-data", "client-key"));
  credentials.client_certificate_file = TRY(user.Path("client-certificate"));
  credentials.client_certificate_pem = TRY(user.Base64("client-certificate-data"));
  credentials.client_key_file = TRY(user.Path("client-key"));
  credentials.client_key_pem = TRY(user.Base64("client-key-data"));
  const bool has_certificate =
      !credentials.client_certificate_file.empty() || !credentials.client_certificate_pem.empty();
  const bool has_key = !credentials.client_key_file.empty() || !credentials.client_key_pem.empty();
  if (has_certificate && !has_key) {
    return user.Refuse("client-key-data", "it is missing: a client certificate needs its key");
  }
  if (has_key && !has_certificate) {
    return user.Refuse("client-certificate-data", "it is missing: a client key needs one");
  }
  if (credentials.client_certificate_pem.empty() || credentials.client_key_pem.empty()) return {};
  return CheckParsed(
      user, "client-certificate-data",
      ParseClientCertificate(credentials.client_certificate_pem, credentials.client_key_pem));
}

Result<std::vector<std::pair<std::string, std::string>>> ReadEnvironment(const Section& exec) {
  std::vector<std::pair<std::string, std::string>> environment;
  for (const auto& item : TRY(exec.List("env"))) {
    auto name = TRY(item.Text("name"));
    if (name.empty()) return item.Refuse("name", "each variable of env needs one");
    environment.emplace_back(std::move(name), TRY(item.Text("value")));
  }
  return environment;
}

Result<ExecPlugin> ReadPlugin(const Section& exec) {
  ExecPlugin plugin;
  plugin.api_version = TRY(exec.Text("apiVersion"));
  if (plugin.api_version != "client.authentication.k8s.io/v1" &&
      plugin.api_version != "client.authentication.k8s.io/v1beta1") {
    return exec.Refuse("apiVersion", "it is " + Quoted(plugin.api_version) +
                                         ": write client.authentication.k8s.io/v1");
  }
  plugin.command = TRY(exec.Text("command"));
  if (plugin.command.empty()) return exec.Refuse("command", "write the plugin's name or path");
  if (plugin.command.find('/') != std::string::npos) plugin.command = TRY(exec.Path("command"));
  plugin.arguments = TRY(exec.Texts("args"));
  plugin.environment = TRY(ReadEnvironment(exec));
  plugin.install_hint = TRY(exec.Text("installHint"));
  plugin.provide_cluster_info = TRY(exec.Flag("provideClusterInfo"));
  if (TRY(exec.Text("interactiveMode")) == "Always") {
    return exec.Refuse("interactiveMode", "nobody can be asked here: write Never or IfAvailable");
  }
  return plugin;
}

Result<> ReadUser(const Section& user, Credentials& credentials) {
  TRY(RefuseUnsupported(user));
  TRY(ReadCertificate(user, credentials));
  credentials.token = TRY(user.Text("token"));
  credentials.token_file = TRY(user.Path("tokenFile"));
  credentials.username = TRY(user.Text("username"));
  credentials.password = TRY(user.Text("password"));
  TRY(NotBoth(user, "token", "username"));
  TRY(NotBoth(user, "tokenFile", "username"));
  const auto exec = TRY(user.Section("exec"));
  if (user.Has("exec")) credentials.exec = TRY(ReadPlugin(exec));
  return {};
}

// The context to use, and who names it.
struct Choice {
  std::string context;
  Section by;
};

Result<Choice> Choose(const std::vector<Section>& files, std::string_view context) {
  if (!context.empty()) return Choice{std::string(context), files.front()};
  for (const auto& file : files) {
    if (auto current = TRY(file.Text("current-context")); !current.empty()) {
      return Choice{std::move(current), file};
    }
  }
  const auto names = TRY(Entries::Read(files, "context")).Names();
  return files.front().Refuse("current-context",
                              names.empty() ? "it is not set, and there is no context"
                                            : "it is not set: write one of " + Join(names, ", "));
}

}  // namespace

Result<ClusterConfig> ReadKubeconfig(const std::vector<KubeconfigFile>& texts,
                                     std::string_view context) {
  const auto files = TRY(Parse(texts));
  const auto choice = TRY(Choose(files, context));
  const auto contexts = TRY(Entries::Read(files, "context"));
  const auto clusters = TRY(Entries::Read(files, "cluster"));
  const auto users = TRY(Entries::Read(files, "user"));
  const auto chosen = TRY(
      contexts.Find(choice.context, choice.by, context.empty() ? "current-context" : "contexts"));
  const auto cluster = TRY(chosen.Text("cluster"));
  const auto user = TRY(chosen.Text("user"));
  ClusterConfig config;
  config.name_space = TRY(chosen.Text("namespace"));
  const auto cluster_section = TRY(clusters.Find(cluster, chosen, "cluster"));
  TRY(ReadCluster(cluster_section, config));
  if (user.empty()) return config;
  const auto user_section = TRY(users.Find(user, chosen, "user"));
  TRY(ReadUser(user_section, config.credentials));
  if (auto& plugin = config.credentials.exec) {
    plugin->cluster_extension = TRY(FindExtension(cluster_section));
  }
  return config;
}

}  // namespace railhook

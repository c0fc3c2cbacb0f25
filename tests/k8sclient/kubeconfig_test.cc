#include "k8sclient/kubeconfig.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "tests/certs/temporary_directory.h"
#include "tests/k8sclient/api_server.h"
#include "tls/base64.h"

namespace railhook {
namespace {

struct Fixture {
  TemporaryDirectory directory;

  std::string Path(std::string_view file = "config") const { return directory.path() / file; }

  Result<ClusterConfig> Load(std::string_view text, std::string_view context = "") const {
    directory.Write("config", text);
    return LoadKubeconfig({Path()}, context);
  }

  // The error's text after the file's name.
  std::string Refusal(std::string_view text, std::string_view context = "") const {
    const auto loaded = Load(text, context);
    if (loaded) return "accepted";
    const auto& error = loaded.error();
    CHECK(error.code == ErrorCode::kInvalid);
    const auto begin = Path() + ": ";
    REQUIRE(error.message.starts_with(begin));
    return error.message.substr(begin.size());
  }

  // With this as the cluster or the user, from line 3 and line 8 on.
  std::string With(std::string_view cluster, std::string_view user) const {
    return "clusters:\n- name: c\n  cluster: {" + std::string(cluster) +
           "}\ncontexts:\n- {name: x, context: {cluster: c, user: u}}\ncurrent-context: x\n"
           "users:\n- {name: u, user: {" +
           std::string(user) + "}}\n";
  }
  std::string WithCluster(std::string_view cluster) const { return With(cluster, ""); }
  std::string WithUser(std::string_view user) const { return With("server: https://a", user); }
};

const Certificate& Client() {
  static const Certificate made = SignedFor(TestAuthority(), {.dns = {"client"}, .ips = {}});
  return made;
}

TEST_CASE_FIXTURE(Fixture, "a cluster and a user with their data inside") {
  const auto& client = Client();
  const auto config = Load(R"(
apiVersion: v1
kind: Config
preferences: {}
current-context: admin@prod
contexts:
- name: admin@prod
  context: {cluster: prod, user: admin, namespace: rails}
clusters:
- name: prod
  cluster:
    server: https://api.example:6443/prefix/
    tls-server-name: kubernetes
    proxy-url: http://proxy:3128
    certificate-authority-data: )" +
                           EncodeBase64(client.ca_pem) + R"(
users:
- name: admin
  user:
    client-certificate-data: )" +
                           EncodeBase64(client.chain_pem) + R"(
    client-key-data: )" + EncodeBase64(client.key_pem) +
                           R"(
    token: t
)");
  REQUIRE_MESSAGE(config, config.error().message);
  CHECK(config->server == "https://api.example:6443/prefix");
  CHECK(config->tls_server_name == "kubernetes");
  CHECK(config->proxy_url == "http://proxy:3128");
  CHECK(config->ca_pem == client.ca_pem);
  CHECK(config->name_space == "rails");
  CHECK(config->credentials.client_certificate_pem == client.chain_pem);
  CHECK(config->credentials.client_key_pem == client.key_pem);
  CHECK(config->credentials.token == "t");
  CHECK_FALSE(config->insecure_skip_tls_verify);
}

TEST_CASE_FIXTURE(Fixture, "relative paths start at the file, wherever the process is") {
  const auto config =
      Load(With("server: https://a, certificate-authority: pki/ca.crt",
                "client-certificate: a.crt, client-key: /abs/a.key, tokenFile: ./t"));
  REQUIRE(config);
  CHECK(config->ca_file == directory.path() / "pki/ca.crt");
  CHECK(config->credentials.client_certificate_file == directory.path() / "a.crt");
  CHECK(config->credentials.client_key_file == "/abs/a.key");
  CHECK(config->credentials.token_file == directory.path() / "./t");
}

TEST_CASE_FIXTURE(Fixture, "an exec plugin") {
  const auto config = Load(R"(
clusters:
- name: c
  cluster:
    server: https://a
    extensions:
    - {name: other, extension: 1}
    - {name: client.authentication.k8s.io/exec, extension: {audience: x}}
contexts: [{name: x, context: {cluster: c, user: u}}]
current-context: x
users:
- name: u
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: bin/login
      args: [get, "1"]
      env: [{name: A, value: b}, {name: EMPTY, value: ""}]
      installHint: Ask.
      provideClusterInfo: true
      interactiveMode: IfAvailable
)");
  REQUIRE_MESSAGE(config, config.error().message);
  REQUIRE(config->credentials.exec);
  const auto& plugin = *config->credentials.exec;
  CHECK(plugin.command == directory.path() / "bin/login");
  CHECK(plugin.arguments == std::vector<std::string>{"get", "1"});
  CHECK(plugin.environment.size() == 2);
  CHECK(plugin.environment[0] == std::pair<std::string, std::string>("A", "b"));
  CHECK(plugin.install_hint == "Ask.");
  CHECK(plugin.provide_cluster_info);
  CHECK(plugin.cluster_extension == R"({"audience":"x"})");
}

TEST_CASE_FIXTURE(Fixture, "a plugin's name without a slash stays a name") {
  const auto config =
      Load(WithUser("exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: aws}"));
  REQUIRE(config);
  CHECK(config->credentials.exec->command == "aws");
}

TEST_CASE_FIXTURE(Fixture, "user name and password, no verification, no user at all") {
  CHECK(Load(WithUser("username: a, password: b"))->credentials.password == "b");
  CHECK(Load(WithCluster("server: 'https://a', insecure-skip-tls-verify: true"))
            ->insecure_skip_tls_verify);
  const auto nobody = Load(
      "clusters: [{name: c, cluster: {server: 'http://localhost:8001'}}]\n"
      "contexts: [{name: x, context: {cluster: c}}]\ncurrent-context: x\n");
  REQUIRE(nobody);
  CHECK(nobody->server == "http://localhost:8001");
}

TEST_CASE_FIXTURE(Fixture, "the context may be another one than the current") {
  const std::string text =
      "clusters: [{name: a, cluster: {server: 'https://a'}}, {name: b, cluster: {server: "
      "'https://b'}}]\n"
      "contexts: [{name: a, context: {cluster: a}}, {name: b, context: {cluster: b}}]\n"
      "current-context: a\n";
  CHECK(Load(text)->server == "https://a");
  CHECK(Load(text, "b")->server == "https://b");
  CHECK(Refusal(text, "bb") ==
        "line 2: contexts: there is no context \"bb\" (did you mean \"b\"?)");
  CHECK(Refusal(text, "prod") ==
        "line 2: contexts: there is no context \"prod\": write one of a, b");
}

TEST_CASE_FIXTURE(Fixture, "files are merged, and the first one wins") {
  directory.Write("1", "clusters: [{name: c, cluster: {server: 'https://first'}}]\n");
  directory.Write("2",
                  "clusters: [{name: c, cluster: {server: 'https://second', tls-server-name: n}}]\n"
                  "contexts: [{name: x, context: {cluster: c, user: u, namespace: two}}]\n"
                  "current-context: x\n");
  directory.Write("sub/3",
                  "users: [{name: u, user: {tokenFile: t}}]\ncurrent-context: y\n"
                  "contexts: [{name: x, context: {cluster: d}}]\n");
  directory.Write("empty", "");
  const auto config =
      LoadKubeconfig({Path("empty"), Path("1"), Path("missing"), Path("2"), Path("sub/3")}, "");
  REQUIRE_MESSAGE(config, config.error().message);
  CHECK(config->server == "https://first");
  CHECK(config->tls_server_name == "");
  CHECK(config->name_space == "two");
  CHECK(config->credentials.token_file == directory.path() / "sub/t");
}

TEST_CASE_FIXTURE(Fixture, "without any file there is no configuration") {
  const auto none = LoadKubeconfig({Path("a"), Path("b")}, "");
  REQUIRE_FALSE(none);
  CHECK(none.error().code == ErrorCode::kNotFound);
  CHECK(none.error().message == "there is no kubeconfig at " + Path("a") + ", " + Path("b"));
}

TEST_CASE_FIXTURE(Fixture, "what can't be used is refused by file, line, entry and field") {
  const std::string begin = "contexts: [{name: x, context: {cluster: c}}]\ncurrent-context: x\n";
  const struct {
    std::string text;
    std::string_view error;
  } cases[] = {
      {"a: [", "line 1: end of sequence flow not found"},
      {"- a", "line 1: it is no kubeconfig: write a map with clusters, users and contexts"},
      {"a: 1\n---\nb: 2\n",
       "line 1: there are 2 YAML documents: leave one, or name several files in KUBECONFIG"},
      {"kind: Pod\n", "line 1: kind: it is \"Pod\", and a kubeconfig's is Config"},
      {"kind: Config\napiVersion: v2\n", "line 2: apiVersion: it is \"v2\": write v1"},
      {"", "line 1: current-context: it is not set, and there is no context"},
      {"contexts: [{name: a}, {name: b}]",
       "line 1: current-context: it is not set: write one of a, b"},
      {"current-context: x\n", "line 1: current-context: there is no context \"x\", nor any other"},
      {"current-context: 5\n", "line 1: current-context: it is no text: write it in quotes"},
      {"contexts: {}\ncurrent-context: x\n", "line 1: contexts: write a list of maps"},
      {"contexts: [x]\ncurrent-context: x\n", "line 1: contexts: write a list of maps"},
      {"contexts: [{context: {}}]\ncurrent-context: x\n",
       "line 1: contexts: name: each context needs one"},
      {"contexts:\n- name: x\n- name: x\ncurrent-context: x\n",
       "line 3: context \"x\": name: it is there twice: rename or delete one"},
      {begin, "line 1: context \"x\": cluster: there is no cluster \"c\", nor any other"},
      {begin + "clusters: [{name: cc, cluster: {}}]",
       "line 1: context \"x\": cluster: there is no cluster \"c\" (did you mean \"cc\"?)"},
      {begin + "clusters: [{name: c, cluster: 5}]", "line 3: cluster \"c\": cluster: write a map"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.text);
    CHECK(Refusal(c.text) == c.error);
  }
}

TEST_CASE_FIXTURE(Fixture, "what is wrong with a cluster") {
  const struct {
    std::string_view cluster, error;
  } cases[] = {
      {"", "server: write https://HOST:PORT"},
      {"server: 'api:6443'", "server: it has no scheme: write https://HOST:PORT"},
      {"server: 'ftp://a'", "server: its scheme is \"ftp\": write https"},
      {"server: 'https://a', proxy-url: 'socks5://p'",
       "proxy-url: its scheme is \"socks5\", and only HTTP proxies are supported: write "
       "http://HOST:PORT"},
      {"server: 'https://a', certificate-authority-data: '***'",
       "certificate-authority-data: it is not base64: write the output of \"base64 -w0 FILE\", or "
       "the file's name as certificate-authority"},
      {"server: 'https://a', certificate-authority-data: aGVsbG8=",
       "certificate-authority-data: no certificate in PEM form"},
      {"server: 'https://a', certificate-authority-data: aGVsbG8=, certificate-authority: a",
       "certificate-authority: leave either this or certificate-authority-data out"},
      {"server: 'https://a', certificate-authority: a, insecure-skip-tls-verify: true",
       "insecure-skip-tls-verify: leave it out, as there is an authority"},
      {"server: 'https://a', insecure-skip-tls-verify: 'yes'",
       "insecure-skip-tls-verify: write true or false"},
      {"server: 5", "server: it is no text: write it in quotes"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.cluster);
    CHECK(Refusal(WithCluster(c.cluster)) == "line 3: cluster \"c\": " + std::string(c.error));
  }
}

TEST_CASE_FIXTURE(Fixture, "what is wrong with a user") {
  const auto pair = "client-certificate-data: " + EncodeBase64(Client().chain_pem) +
                    ", client-key-data: " +
                    EncodeBase64(SignedFor(TestAuthority(), {.dns = {"a"}, .ips = {}}).key_pem);
  const std::string exec = "exec: {apiVersion: client.authentication.k8s.io/v1, ";
  const struct {
    std::string user;
    std::string_view error;
  } cases[] = {
      {"auth-provider: {name: gcp}",
       "auth-provider: this way was removed from Kubernetes: write exec with a plugin"},
      {"as: root", "as: impersonation is not supported: leave it out"},
      {"token: 12345", "token: it is no text: write it in quotes"},
      {"token: a, username: b", "username: leave either this or token out"},
      {"tokenFile: a, username: b", "username: leave either this or tokenFile out"},
      {"client-certificate: a",
       "client-key-data: it is missing: a client certificate needs its key"},
      {"client-key: a", "client-certificate-data: it is missing: a client key needs one"},
      {"client-key: a, client-key-data: aGVsbG8=",
       "client-key: leave either this or client-key-data out"},
      {"client-certificate-data: aGVsbG8=, client-key-data: aGVsbG8=",
       "client-certificate-data: client certificate: no certificate in PEM form"},
      {pair,
       "client-certificate-data: the client key belongs to another certificate (key values "
       "mismatch)"},
      {"exec: 5", "exec: write a map"},
      {"exec: {command: a}", "exec: apiVersion: it is \"\": write client.authentication.k8s.io/v1"},
      {"exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: a}",
       "exec: apiVersion: it is \"client.authentication.k8s.io/v1alpha1\": write "
       "client.authentication.k8s.io/v1"},
      {exec + "}", "exec: command: write the plugin's name or path"},
      {exec + "command: a, args: [1]}", "exec: args: write a list of texts, numbers in quotes"},
      {exec + "command: a, args: b}", "exec: args: write a list of texts"},
      {exec + "command: a, env: [{value: b}]}", "exec: env: name: each variable of env needs one"},
      {exec + "command: a, interactiveMode: Always}",
       "exec: interactiveMode: nobody can be asked here: write Never or IfAvailable"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.user);
    CHECK(Refusal(WithUser(c.user)) == "line 8: user \"u\": " + std::string(c.error));
  }
}

TEST_CASE_FIXTURE(Fixture, "secrets are in no error") {
  for (const auto user : {"token: [hunter2]", "password: {hunter2: 1}, username: a",
                          "client-key-data: hunter2, client-certificate: a",
                          "client-certificate: a, client-key-data: aHVudGVyMg=="}) {
    CAPTURE(std::string_view(user));
    const auto refusal = Refusal(WithUser(user));
    CHECK(refusal.find("hunter2") == refusal.npos);
  }
}

TEST_CASE_FIXTURE(Fixture, "base64 may run over several lines") {
  const auto encoded = EncodeBase64(Client().ca_pem);
  const auto config =
      Load(WithCluster("server: 'https://a', certificate-authority-data: \"" +
                       encoded.substr(0, 64) + "\\n" + encoded.substr(64) + "\\n\""));
  REQUIRE_MESSAGE(config, config.error().message);
  CHECK(config->ca_pem == Client().ca_pem);
}

}  // namespace
}  // namespace railhook

#include "k8sclient/cluster_config.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "tests/base/environment_variable.h"
#include "tests/certs/temporary_directory.h"

namespace railhook {
namespace {

constexpr std::string_view kKubeconfig =
    "clusters: [{name: c, cluster: {server: 'https://named'}}]\n"
    "contexts: [{name: x, context: {cluster: c}}]\ncurrent-context: x\n";

struct Fixture {
  TemporaryDirectory directory;
  EnvironmentVariable host{"KUBERNETES_SERVICE_HOST", ""};
  EnvironmentVariable port{"KUBERNETES_SERVICE_PORT", ""};
  EnvironmentVariable kubeconfig{"KUBECONFIG", ""};
  EnvironmentVariable home{"HOME", directory.path() / "nobody"};

  std::string Path(std::string_view file) const { return directory.path() / file; }
};

struct Pod : Fixture {
  EnvironmentVariable service{"KUBERNETES_SERVICE_HOST", "10.96.0.1"};
  EnvironmentVariable service_port{"KUBERNETES_SERVICE_PORT", "443"};

  Pod() {
    directory.Write("token", "t");
    directory.Write("ca.crt", "ca");
    directory.Write("namespace", "rails\n");
  }
};

TEST_CASE_FIXTURE(Pod, "a pod finds its cluster by environment and mounted files") {
  const auto config = InClusterConfig(directory.path());
  REQUIRE(config);
  CHECK(config->server == "https://10.96.0.1:443");
  CHECK(config->ca_file == directory.path() / "ca.crt");
  CHECK(config->credentials.token_file == directory.path() / "token");
  CHECK(config->name_space == "rails");
}

TEST_CASE_FIXTURE(Pod, "an IPv6 service stands in brackets") {
  const EnvironmentVariable ipv6("KUBERNETES_SERVICE_HOST", "fd00::1");
  CHECK(InClusterConfig(directory.path())->server == "https://[fd00::1]:443");
}

TEST_CASE_FIXTURE(Pod, "a pod without its token is told why") {
  std::filesystem::remove(directory.path() / "token");
  const auto config = InClusterConfig(directory.path());
  REQUIRE_FALSE(config);
  CHECK(config.error().code == ErrorCode::kInvalid);
  CHECK(config.error().message ==
        "a pod must have its service account's files (see automountServiceAccountToken): " +
            Path("token") + ": No such file or directory");
}

TEST_CASE_FIXTURE(Fixture, "without the variables this is no pod") {
  const auto config = InClusterConfig(directory.path());
  REQUIRE_FALSE(config);
  CHECK(config.error().code == ErrorCode::kNotFound);
}

TEST_CASE_FIXTURE(Pod, "a kubeconfig that is named beats the pod's cluster") {
  directory.Write("config", kKubeconfig);
  CHECK(FindClusterConfig(Path("config"), "")->server == "https://named");
}

TEST_CASE_FIXTURE(Pod, "so do KUBECONFIG and the home directory, as with kubectl") {
  directory.Write("nobody/.kube/config", kKubeconfig);
  CHECK(FindClusterConfig("", "")->server == "https://named");
  directory.Write("broken", "clusters: 1\n");
  const EnvironmentVariable named("KUBECONFIG", Path("broken"));
  const auto config = FindClusterConfig("", "");
  REQUIRE_FALSE(config);
  CHECK(config.error().message.find(Path("broken")) != std::string::npos);
}

TEST_CASE_FIXTURE(Pod, "without a kubeconfig it is the pod's cluster") {
  const auto config = FindClusterConfig("", "");
  REQUIRE_FALSE(config);  // the tests have no service account
  CHECK(config.error().code == ErrorCode::kInvalid);
  CHECK(config.error().message.find("automountServiceAccountToken") != std::string::npos);
  const auto context = FindClusterConfig("", "x");  // pods have none
  REQUIRE_FALSE(context);
  CHECK(context.error().code == ErrorCode::kNotFound);
}

TEST_CASE_FIXTURE(Fixture, "KUBECONFIG beats the home directory") {
  directory.Write("nobody/.kube/config", kKubeconfig);
  CHECK(FindClusterConfig("", "")->server == "https://named");
  directory.Write("1", "current-context: other\n");
  directory.Write("2",
                  "clusters: [{name: d, cluster: {server: 'https://other'}}]\n"
                  "contexts: [{name: other, context: {cluster: d}}]\n");
  const EnvironmentVariable list("KUBECONFIG",
                                 Path("missing") + ':' + Path("1") + "::" + Path("2"));
  CHECK(FindClusterConfig("", "")->server == "https://other");
}

TEST_CASE_FIXTURE(Fixture, "where there is nothing, what was looked for is listed") {
  const auto none = FindClusterConfig("", "");
  REQUIRE_FALSE(none);
  CHECK(none.error().code == ErrorCode::kNotFound);
  CHECK(none.error().message == "no cluster to talk to: there is no kubeconfig at " +
                                    Path("nobody/.kube/config") +
                                    ", and this is no pod of one: write --kubeconfig FILE");
  CHECK(FindClusterConfig(Path("missing"), "").error().code == ErrorCode::kNotFound);
}

}  // namespace
}  // namespace railhook

#include "cli/config.h"

#include <ctime>

#include "certs/authority.h"
#include "tests/certs/temporary_directory.h"
#include "tests/webhook/inject/yaml_fixture.h"

namespace railhook {
namespace {

using namespace std::chrono_literals;

std::string Refusal(std::string_view yaml) { return ErrorOf(ParseConfig(yaml)); }

TEST_CASE("one file holds what is injected and how it is served") {
  const Config config = Value(ParseConfig(R"(
namespaceDefaults: all
logLevel: debug
certificateLifetime: 12h
caLifetime: 30d
)"));
  CHECK(config.inject.namespace_defaults == NamespaceDefaults::kAll);
  CHECK(config.serving.log_level == "debug");
  CHECK(config.serving.certificate_lifetime == 12h);
  CHECK(config.serving.ca_lifetime == 720h);
}

TEST_CASE("without a file all is as the defaults say") {
  const Config config = Value(ParseConfig(""));
  CHECK(config.serving.log_level.empty());
  CHECK(config.serving.certificate_lifetime == 2160h);
  CHECK(config.serving.ca_lifetime == 8760h);
}

TEST_CASE("addresses of networks are in the same file") {
  CHECK(Value(ParseConfig("ipam: {type: host-local, pools: {a: {subnet: 10.0.0.0/8}}}"))
            .ipam.pools.size() == 1);
  CHECK(Value(ParseConfig("")).ipam == Ipam());
  CHECK(Mentions(Refusal("logLevel: debug\nipam: {type: dhcp}"), "line 2: ipam.type"));
}

TEST_CASE("periods") {
  const auto lifetime = [](const std::string& text) {
    return Value(ParseConfig("certificateLifetime: " + text)).serving.certificate_lifetime;
  };
  CHECK(lifetime("90s") == 90s);
  CHECK(lifetime("1h30m") == 90min);
  CHECK(lifetime("1d12h") == 36h);
  for (const std::string wrong : {"90", "\"\"", "5 m", "1w", "-5m", "h", "1.5h", "5m3", "30s",
                                  "99999999999999999999d", "9999999999d", "[5m]"}) {
    CAPTURE(wrong);
    const std::string refusal = Refusal("certificateLifetime: " + wrong);
    CHECK(Mentions(refusal, "line 1: certificateLifetime is"));
    CHECK(Mentions(refusal, "write a period"));
  }
}

TEST_CASE("a certificate doesn't outlive its CA") {
  const std::string refusal = Refusal("certificateLifetime: 2h\ncaLifetime: 1h");
  CHECK(Mentions(refusal, "certificateLifetime is longer than caLifetime"));
  CHECK(Mentions(refusal, "3600s"));
  CHECK(Refusal("certificateLifetime: 1h\ncaLifetime: 1h").empty());
}

TEST_CASE("what is demanded of clients") {
  const Config config = Value(
      ParseConfig("tlsMinVersion: \"1.2\"\nclientCAFile: /ca.crt\nclientNames: [kube-apiserver]"));
  CHECK(config.serving.tls.min == TlsVersion::kTls12);
  CHECK(config.serving.client_ca_file == "/ca.crt");
  CHECK(config.serving.tls.client_names == std::vector<std::string>{"kube-apiserver"});
  CHECK(Value(ParseConfig("")).serving.tls.min == TlsVersion::kTls13);
  CHECK(Mentions(Refusal("tlsMinVersion: \"1.1\""), "write 1.2, 1.3"));
  CHECK(Mentions(Refusal("clientNames: [a]"), "clientNames without clientCAFile"));
}

TEST_CASE("the clients' CA is read with the configuration, and both are watched") {
  const TemporaryDirectory directory;
  const auto ca = directory.path() / "clients.crt";
  directory.Write("config.yaml", "clientCAFile: " + ca.string());
  ConfigFile file((directory.path() / "config.yaml").string());
  CHECK(file.Files().size() == 1);
  CHECK(Mentions(file.Load().error().message, "clients.crt"));
  CHECK(file.Files().back() == ca);

  directory.Write("clients.crt", "no PEM");
  CHECK(Mentions(file.Load().error().message, "clientCAFile " + ca.string()));

  const auto authority = Value(Authority::Make(std::time(nullptr)));
  const std::string pem = Value(authority.Sign({{"a"}, {}}, std::time(nullptr))).ca_pem;
  directory.Write("clients.crt", pem);
  CHECK(Value(file.Load()).serving.tls.client_ca_pem == pem);
}

TEST_CASE("a key that nobody knows is named, with the nearest of all keys") {
  CHECK(Mentions(Refusal("logLevels: debug"), "did you mean \"logLevel\""));
  CHECK(Mentions(Refusal("railNamespace: []"), "did you mean \"railNamespaces\""));
  CHECK(Mentions(Refusal("logLevel: loud"), "debug, info, warning, error"));
}

TEST_CASE("controllers are named, and one that doesn't exist is refused") {
  CHECK_FALSE(Value(ParseConfig("")).controllers.multus);
  CHECK_FALSE(Value(ParseConfig("controllers: []")).controllers.multus);
  CHECK(Value(ParseConfig("controllers: [multus]")).controllers.multus);
  CHECK(Refusal("controllers: [multis]") == "line 1: controllers[0] is \"multis\": write multus");
  CHECK(Mentions(Refusal("controllers: multus"), "write a list"));
}

TEST_CASE("controllers on the command line are a list, and the configuration's don't count") {
  CHECK(Value(ParseControllers("multus")).multus);
  CHECK_FALSE(Value(ParseControllers("")).multus);
  const auto unknown = ParseControllers("multus,spiderpool");
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().message == "there is no controller \"spiderpool\": write multus");
}

TEST_CASE("what is no single YAML document is refused with its line") {
  CHECK(Mentions(Refusal("enabled: [\n"), "line"));
  CHECK(Mentions(Refusal("railNamespaces: []\nrailNamespaces: []"), "line 2"));
  CHECK(Mentions(Refusal("railNamespaces: []\n---\nrailNamespaces: []"), "line 3"));
}

}  // namespace
}  // namespace railhook

#include "cli/installed_config.h"

#include <doctest/doctest.h>

#include "tests/fakes/fake_transport.h"

namespace railhook {
namespace {

constexpr auto kRegistrationPath =
    "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/railhook";
constexpr auto kMapPath = "/api/v1/namespaces/rail-system/configmaps/hook";
constexpr auto kRegistration = R"({"webhooks":[{"name":"pods.railhook.io","clientConfig":{"service":
  {"namespace":"rail-system","name":"hook","path":"/mutate-pods"}}}]})";

InstalledConfig Read(FakeTransport& transport) {
  return ReadInstalledConfig(KubeClient(transport));
}

TEST_CASE("the registration leads to the configuration, and to railhook's own namespace") {
  FakeTransport transport;
  transport.Put(kRegistrationPath, kRegistration);
  transport.Put(kMapPath, R"({"data":{"config.yaml":"existingNetworks: merge\n"}})");
  const InstalledConfig installed = Read(transport);
  CHECK(installed.note.empty());
  CHECK(installed.config.inject.existing_networks == ExistingNetworks::kMerge);
  CHECK(installed.config.inject.own_namespace == "rail-system");
}

TEST_CASE("what can't be read leaves the defaults, and says why") {
  const struct {
    const char* name;
    const char* registration;
    int registration_status;
    const char* map;
    int map_status;
    const char* told;
    const char* own_namespace;
  } cases[] = {{"not installed", "{}", 404, "", 404,
                "there is no MutatingWebhookConfiguration \"railhook\"", ""},
               {"forbidden", R"({"message":"may not"})", 403, "", 404, "may not", ""},
               {"no webhooks", R"({"webhooks":[]})", 200, "", 404, "calls no Service", ""},
               {"called by URL", R"({"webhooks":[{"clientConfig":{"url":"https://x"}}]})", 200, "",
                404, "calls no Service", ""},
               {"no ConfigMap", kRegistration, 200, "{}", 404,
                "there is no ConfigMap rail-system/hook", "rail-system"},
               {"no key", kRegistration, 200, R"({"data":{"other":""}})", 200,
                "ConfigMap rail-system/hook has no config.yaml", "rail-system"},
               {"a broken file", kRegistration, 200, R"({"data":{"config.yaml":"nosuch: 1"}})", 200,
                "ConfigMap rail-system/hook: line 1: nosuch", "rail-system"},
               {"a forbidden ConfigMap", kRegistration, 200, R"({"message":"may not"})", 403,
                "may not", "rail-system"}};
  for (const auto& c : cases) {
    CAPTURE(c.name);
    FakeTransport transport;
    transport.Put(kRegistrationPath, c.registration, c.registration_status);
    transport.Put(kMapPath, c.map, c.map_status);
    const InstalledConfig installed = Read(transport);
    CAPTURE(installed.note);
    CHECK(installed.note.starts_with("the default configuration is used: "));
    CHECK(installed.note.find(c.told) != std::string::npos);
    CHECK(installed.config.inject.own_namespace == c.own_namespace);
    CHECK(installed.config.inject.existing_networks == ExistingNetworks::kReplace);
  }
}

}  // namespace
}  // namespace railhook

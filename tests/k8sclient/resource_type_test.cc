#include "k8sclient/resource_type.h"

#include <doctest/doctest.h>

namespace railhook {
namespace {

TEST_CASE("PathOf: all objects, those of a namespace, and one") {
  const ResourceType deployments{"apps", "v1", "deployments"};
  CHECK(PathOf(deployments, "", "") == "/apis/apps/v1/deployments");
  CHECK(PathOf(deployments, "default", "") == "/apis/apps/v1/namespaces/default/deployments");
  CHECK(PathOf(deployments, "default", "web") ==
        "/apis/apps/v1/namespaces/default/deployments/web");
  CHECK(PathOf(kNamespaces, "", "") == "/api/v1/namespaces");
  CHECK(PathOf(kNamespaces, "", "default") == "/api/v1/namespaces/default");
  CHECK(PathOf(kSecrets, "a", "b") == "/api/v1/namespaces/a/secrets/b");
  CHECK(PathOf(kMutatingWebhookConfigurations, "", "railhook") ==
        "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/railhook");
}

TEST_CASE("names can't change the path that they stand in") {
  CHECK(PathOf(kSecrets, "../x", "a/b?c") == "/api/v1/namespaces/..%2Fx/secrets/a%2Fb%3Fc");
}

TEST_CASE("PercentEncoded leaves RFC 3986's unreserved characters and no other") {
  CHECK(PercentEncoded("").empty());
  CHECK(PercentEncoded("AZaz09-._~") == "AZaz09-._~");
  CHECK(PercentEncoded("metadata.name=a b+c&d/e%") == "metadata.name%3Da%20b%2Bc%26d%2Fe%25");
  CHECK(PercentEncoded("r\xC3\xA4il") == "r%C3%A4il");
  CHECK(PercentEncoded(std::string("\0\xFF\x7F", 3)) == "%00%FF%7F");
}

}  // namespace
}  // namespace railhook

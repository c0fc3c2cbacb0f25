#include "certs/ca_bundle.h"

#include <doctest/doctest.h>

#include <optional>

#include "base/json.h"
#include "certs/directory_source.h"
#include "k8sclient/object.h"
#include "tests/eventually.h"
#include "tests/fakes/fake_api_server.h"
#include "tests/fakes/objects.h"
#include "tls/base64.h"

namespace railhook {
namespace {

using namespace std::chrono_literals;

Json Entry(const std::string& name, const std::string& bundle) {
  Json entry = {{"name", name}, {"clientConfig", {{"service", {{"name", "railhook"}}}}}};
  if (!bundle.empty()) entry["clientConfig"]["caBundle"] = bundle;
  return entry;
}

std::string BundleOf(const Json& entry) {
  return TextMember(Member(&entry, "clientConfig"), "caBundle");
}

Json Configuration(const std::vector<Json>& entries,
                   const std::string& kind = "MutatingWebhookConfiguration") {
  Json object = MakeObject("admissionregistration.k8s.io/v1", kind, "", "railhook");
  object["webhooks"] = entries;
  return object;
}

TEST_CASE("the patch gives the CA to each entry that doesn't have it, and to no other") {
  const std::string right = EncodeBase64("the CA");
  const Json configuration =
      Configuration({Entry("a", ""), Entry("b", right), Entry("c", EncodeBase64("another CA"))});
  const Json patched = configuration.patch(CaBundlePatch(configuration, "the CA"));
  CHECK(patched == Configuration({Entry("a", right), Entry("b", right), Entry("c", right)}));
  CHECK(CaBundlePatch(patched, "the CA") == Json::array());
}

TEST_CASE("the patch fails where the entries have changed meanwhile") {
  const Json patch = CaBundlePatch(Configuration({Entry("a", ""), Entry("b", "")}), "the CA");
  const Json swapped = Configuration({Entry("b", ""), Entry("a", "")});
  CHECK_THROWS(swapped.patch(patch));
  CHECK_THROWS(Configuration({Entry("a", "")}).patch(patch));
}

TEST_CASE("a configuration without entries needs no patch") {
  for (const std::string text :
       {"{}", "null", R"({"webhooks":null})", R"({"webhooks":[]})", R"({"webhooks":"none"})"}) {
    CHECK(CaBundlePatch(Json::parse(text), "the CA") == Json::array());
  }
}

// A cluster with a configuration, and a replica that leads unless another holds the Lease.
struct Cluster {
  FakeApiServer server;
  std::unique_ptr<CertificateSource> certificates =
      MakeThrowawayCertificate({.dns = {"railhook"}, .ips = {}}).value();
  const std::string bundle = EncodeBase64(certificates->Current().value()->ca_pem);
  std::optional<LeaderElector> leader;
  std::optional<CaBundleKeeper> keeper;

  void Start() {
    leader.emplace(server, "ns", "railhook", "me", LeaseTimes{600s, 500s, 20ms});
    keeper.emplace(server, "railhook", *certificates, *leader);
  }
  void PutConfiguration(const std::string& first, const std::string& second) {
    server.Put(
        kMutatingWebhookConfigurations,
        Configuration({Entry("pods.railhook.io", first), Entry("namespaces.railhook.io", second)}));
  }
  void PutValidating(const std::string& bundle_of_it) {
    server.Put(kValidatingWebhookConfigurations,
               Configuration({Entry("spidermultusconfigs.railhook.io", bundle_of_it)},
                             "ValidatingWebhookConfiguration"));
  }
  void SetHolder(const std::string& holder) {
    Json lease = MakeObject("coordination.k8s.io/v1", "Lease", "ns", "railhook");
    lease["spec"] = {{"holderIdentity", holder}, {"leaseDurationSeconds", 600}};
    server.Put(kLeases, lease);
  }
  bool IsSet() const {
    return Eventually([&] {
      const Json now = server.Find(kMutatingWebhookConfigurations, "", "railhook");
      return BundleOf(now["webhooks"][0]) == bundle && BundleOf(now["webhooks"][1]) == bundle;
    });
  }
  bool ValidatingIsSet() const {
    return Eventually([&] {
      const Json now = server.Find(kValidatingWebhookConfigurations, "", "railhook");
      return BundleOf(now["webhooks"][0]) == bundle;
    });
  }
  bool Watches() const {
    return Eventually([&] {
      return server.Watches(kMutatingWebhookConfigurations) == 1 &&
             server.Watches(kValidatingWebhookConfigurations) == 1;
    });
  }
  bool HasPublished() const {
    return keeper->HasPublished(certificates->Current().value()->ca_pem);
  }
  // Until the elector has looked at its Lease so often that the keeper has looked around too.
  bool ALittleLater() const {
    const int calls = server.Calls("GET /apis/coordination");
    return Eventually([&] { return server.Calls("GET /apis/coordination") > calls + 50; });
  }
};

TEST_CASE("the leader sets the caBundle, and sets it again when it is overwritten") {
  Cluster cluster;
  cluster.PutConfiguration("", "");
  cluster.Start();
  CHECK(cluster.IsSet());
  for (const std::string other : {"", "QQ=="}) {
    cluster.PutConfiguration(cluster.bundle, other);
    CHECK(cluster.IsSet());
  }
  CHECK(cluster.keeper->trouble().empty());
}

TEST_CASE("a configuration that comes later, or goes and comes back, gets its caBundle") {
  Cluster cluster;
  cluster.Start();
  CHECK(cluster.Watches());
  cluster.PutConfiguration("", "");
  CHECK(cluster.IsSet());
  cluster.server.Remove(kMutatingWebhookConfigurations, "", "railhook");
  cluster.PutConfiguration("", "");
  CHECK(cluster.IsSet());
}

TEST_CASE("a validating configuration gets its caBundle, with a mutating one and without") {
  for (const bool both : {true, false}) {
    Cluster cluster;
    if (both) cluster.PutConfiguration("", "");
    cluster.PutValidating("");
    cluster.Start();
    CHECK(cluster.ValidatingIsSet());
    if (both) CHECK(cluster.IsSet());
    cluster.PutValidating("QQ==");
    CHECK(cluster.ValidatingIsSet());
    cluster.server.Remove(kValidatingWebhookConfigurations, "", "railhook");
    cluster.PutValidating("");
    CHECK(cluster.ValidatingIsSet());
    CHECK(cluster.keeper->trouble().empty());
  }
}

TEST_CASE("a CA is published once both configurations have it, or don't exist") {
  Cluster cluster;
  cluster.SetHolder("another");
  cluster.PutConfiguration("", "");
  cluster.Start();
  CHECK(cluster.Watches());
  CHECK_FALSE(cluster.HasPublished());
  cluster.PutConfiguration(cluster.bundle, cluster.bundle);
  CHECK(Eventually([&] { return cluster.HasPublished(); }));
  cluster.PutValidating("QQ==");
  CHECK(Eventually([&] { return !cluster.HasPublished(); }));
  cluster.PutValidating(cluster.bundle);
  CHECK(Eventually([&] { return cluster.HasPublished(); }));
  cluster.PutValidating("");
  CHECK(Eventually([&] { return !cluster.HasPublished(); }));
  cluster.server.Remove(kValidatingWebhookConfigurations, "", "railhook");
  CHECK(Eventually([&] { return cluster.HasPublished(); }));
}

TEST_CASE("nothing counts as published while one of the configurations isn't known") {
  Cluster cluster;
  cluster.server.Refuse("validatingwebhookconfigurations", 403, 1'000'000);
  cluster.PutConfiguration(cluster.bundle, cluster.bundle);
  cluster.Start();
  CHECK(Eventually([&] { return cluster.keeper->trouble().find("403") != std::string::npos; }));
  CHECK(Eventually([&] { return cluster.server.Watches(kMutatingWebhookConfigurations) == 1; }));
  CHECK_FALSE(cluster.HasPublished());
}

TEST_CASE("a configuration that can't be written holds up no other") {
  for (const std::string unwritable : {"mutating", "validating"}) {
    Cluster cluster;
    cluster.server.Refuse("PATCH /apis/admissionregistration.k8s.io/v1/" + unwritable, 403,
                          1'000'000);
    cluster.PutConfiguration("", "");
    cluster.PutValidating("");
    cluster.Start();
    CHECK((unwritable == "mutating" ? cluster.ValidatingIsSet() : cluster.IsSet()));
    CHECK(Eventually([&] { return cluster.keeper->trouble().find("403") != std::string::npos; }));
  }
}

TEST_CASE("only the leader sets the caBundle") {
  Cluster cluster;
  cluster.SetHolder("another");
  cluster.PutConfiguration("", "");
  cluster.Start();
  CHECK(cluster.Watches());
  CHECK(cluster.ALittleLater());
  CHECK(cluster.server.Calls("PATCH") == 0);
  cluster.SetHolder("");
  CHECK(cluster.IsSet());
}

TEST_CASE("other configurations are left alone") {
  Cluster cluster;
  Json other = Configuration({Entry("a", "")});
  other["metadata"]["name"] = "another";
  cluster.server.Put(kMutatingWebhookConfigurations, other);
  cluster.PutConfiguration("", "");
  cluster.Start();
  CHECK(cluster.IsSet());
  CHECK_FALSE(
      cluster.server
          .Find(kMutatingWebhookConfigurations, "", "another")["webhooks"][0]["clientConfig"]
          .contains("caBundle"));
}

TEST_CASE("while the watch tells nothing new the caBundle isn't set again and again") {
  Cluster cluster;
  cluster.SetHolder("another");
  cluster.PutConfiguration("", "");
  cluster.Start();
  CHECK(cluster.Watches());
  cluster.server.Refuse("watch=1", 503, 1'000'000);
  cluster.server.EndWatches(WatchEnd::kClosed);
  cluster.SetHolder("");
  CHECK(cluster.IsSet());
  CHECK(cluster.ALittleLater());
  CHECK(cluster.server.Calls("PATCH") == 1);
}

TEST_CASE("a caBundle that can't be set is trouble that says so, and ends with its reason") {
  Cluster cluster;
  cluster.server.Refuse("PATCH", 403, 1'000'000);
  cluster.PutConfiguration("", "");
  cluster.Start();
  CHECK(Eventually([&] { return cluster.keeper->trouble().find("403") != std::string::npos; }));
  cluster.PutConfiguration(cluster.bundle, cluster.bundle);  // as somebody else may
  CHECK(Eventually([&] { return cluster.keeper->trouble().empty(); }));
}

TEST_CASE("a keeper ends at once, also in the middle of a call") {
  Cluster cluster;
  cluster.server.Fail("PATCH", Fault::kHang);
  cluster.PutConfiguration("", "");
  cluster.Start();
  CHECK(Eventually([&] { return cluster.server.Calls("PATCH") == 1; }));
  const auto start = std::chrono::steady_clock::now();
  cluster.keeper.reset();
  CHECK(std::chrono::steady_clock::now() - start < 5s);
}

}  // namespace
}  // namespace railhook

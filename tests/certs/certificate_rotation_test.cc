#include "certs/certificate_rotation.h"

#include <doctest/doctest.h>

#include <atomic>
#include <ctime>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "base/json.h"
#include "certs/certificate_secret.h"
#include "certs/secret_rotation.h"
#include "k8sclient/object.h"
#include "tests/eventually.h"
#include "tests/fakes/fake_api_server.h"
#include "tests/fakes/objects.h"
#include "tls/base64.h"
#include "tls/openssl.h"

namespace railhook {
namespace {

using namespace std::chrono_literals;

const ServerNames kNames{.dns = {"railhook.ns.svc"}, .ips = {}};
constexpr std::time_t kDay = 86'400;
constexpr SecretTimes kQuickSecret{20ms, 100ms, 5ms, 20ms, 300'000ms};
constexpr RotationTimes kQuick{5ms, 100ms, {50ms, 50ms}};
constexpr RotationTimes kCalm{5ms, 60'000ms, {50ms, 2'000ms}};  // enough for any watch to tell

// A Secret made so many days ago, whose leaf lasts as long as its CA.
Json Aged(std::time_t days) {
  const Lifetimes a_year{365 * 24h, 365 * 24h};
  Json secret =
      MakeCertificateSecret("railhook-certs", kNames, std::time(nullptr) - days * kDay, a_year)
          .value();
  secret["metadata"]["namespace"] = "ns";
  return secret;
}

// With a leaf that was made just now.
Json AgedCa(std::time_t days) {
  return WithNewLeaf(Aged(days), kNames, {}, std::time(nullptr)).value();
}

Json ByAnother(Json secret) {
  secret["data"].erase("ca.key");
  return secret;
}

std::string Text(const Json& secret, const std::string& key) {
  return DecodeBase64(TextMember(Member(&secret, "data"), key)).value_or("");
}

std::size_t Count(const std::string& pem) { return ParseCertificates(pem).value().size(); }

struct Replica {
  SecretSource source;
  LeaderElector leader;
  CaBundleKeeper bundle;
  CertificateRotation rotation;

  Replica(FakeApiServer& server, const std::string& name, RotationTimes times = kQuick)
      : source(
            server, "ns", "railhook-certs", kNames, [] { return Lifetimes{}; }, kQuickSecret),
        leader(server, "ns", "railhook", name, LeaseTimes{600s, 500s, 20ms}),
        bundle(server, "railhook", source, leader),
        rotation(
            server, "ns", source, bundle, leader, [] { return Lifetimes{}; }, times) {}
};

struct Cluster {
  FakeApiServer server;

  explicit Cluster(const Json& secret) { server.Put(kSecrets, secret); }

  // With the Secret's CAs as caBundle.
  void Register() {
    Register(kMutatingWebhookConfigurations, "MutatingWebhookConfiguration");
    Register(kValidatingWebhookConfigurations, "ValidatingWebhookConfiguration");
  }
  void Register(const ResourceType& type, const std::string& kind) {
    const Json bundle = Secret()["data"]["ca.crt"];
    Json object = MakeObject("admissionregistration.k8s.io/v1", kind, "", "railhook");
    for (const std::string name : {"pods.railhook.io", "namespaces.railhook.io"})
      object["webhooks"].push_back(
          {{"name", name},
           {"clientConfig", {{"service", {{"name", "railhook"}}}, {"caBundle", bundle}}}});
    server.Put(type, object);
  }
  Json Secret() const { return server.Find(kSecrets, "ns", "railhook-certs"); }
  std::string Bundle(const ResourceType& type = kMutatingWebhookConfigurations) const {
    const Json now = server.Find(type, "", "railhook");
    return DecodeBase64(TextMember(Member(&now["webhooks"][1], "clientConfig"), "caBundle"))
        .value_or("");
  }
  bool IsRotated(const Json& before) const {
    return Eventually([&] {
      const Json now = Secret();
      return now["data"]["ca.key"] != before["data"]["ca.key"] && Count(Text(now, "ca.crt")) == 1;
    });
  }
  // Until replicas that look every few milliseconds have done so many times.
  bool ALittleLater() const {
    const int calls = server.Calls("GET /apis/coordination");
    return Eventually([&] { return server.Calls("GET /apis/coordination") > calls + 20; });
  }
};

// Looks at the cluster as API servers do, and remembers whether one would ever have refused what a
// replica serves.
class Client {
 public:
  Client(const Cluster& cluster, Replica& a, Replica& b) {
    thread_ = std::jthread([&cluster, &a, &b, this](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        for (Replica* replica : {&a, &b}) {
          Call(cluster, *replica, kMutatingWebhookConfigurations);
          Call(cluster, *replica, kValidatingWebhookConfigurations);
        }
        std::this_thread::sleep_for(1ms);
      }
    });
  }
  bool WasRefused() {
    thread_.request_stop();
    thread_.join();
    return refused_ > 0 || calls_ == 0;
  }

 private:
  // What was in the caBundle before or after the look at the replica: an API server has the one or
  // the other by the time that it is called.
  void Call(const Cluster& cluster, Replica& replica, const ResourceType& by) {
    const std::string before = cluster.Bundle(by);
    const auto served = replica.source.Current();
    const std::string after = cluster.Bundle(by);
    if (!served || before.empty()) return;
    ++calls_;
    if (!Trusts(before, **served) || !Trusts(after, **served)) ++refused_;
  }
  static bool Trusts(const std::string& bundle, const Certificate& served) {
    const Json secret = {{"data",
                          {{"tls.crt", EncodeBase64(served.chain_pem)},
                           {"tls.key", EncodeBase64(served.key_pem)},
                           {"ca.crt", EncodeBase64(bundle)}}}};
    return ReadCertificateSecret(secret, kNames, std::time(nullptr)).has_value();
  }

  std::atomic<long> calls_ = 0;
  std::atomic<long> refused_ = 0;
  std::jthread thread_;
};

TEST_CASE("an old CA is replaced, and at no time is a certificate served that isn't trusted") {
  const Json before = AgedCa(300);
  Cluster cluster(before);
  cluster.Register();
  Replica a(cluster.server, "a", kCalm);
  Replica b(cluster.server, "b", kCalm);
  Client client(cluster, a, b);
  CHECK(cluster.IsRotated(before));
  CHECK(Eventually([&] { return cluster.Bundle() == Text(cluster.Secret(), "ca.crt"); }));
  for (Replica* replica : {&a, &b}) {
    CHECK(Eventually([&] {
      return replica->source.Current().value()->key_pem == Text(cluster.Secret(), "tls.key");
    }));
    CHECK(Eventually([&] { return replica->rotation.trouble().empty(); }));
  }
  CHECK_FALSE(client.WasRefused());
  CHECK(cluster.server.Calls("PUT /api/v1/namespaces/ns/secrets") == 3);
}

TEST_CASE("an old leaf is renewed under its CA, once") {
  const Json old = WithNewLeaf(AgedCa(10), kNames, {}, std::time(nullptr) - 61 * kDay).value();
  Cluster cluster(old);
  cluster.Register();
  Replica a(cluster.server, "a", kCalm);
  Replica b(cluster.server, "b", kCalm);
  CHECK(Eventually([&] { return cluster.Secret()["data"]["tls.crt"] != old["data"]["tls.crt"]; }));
  CHECK(cluster.ALittleLater());
  CHECK(cluster.Secret()["data"]["ca.crt"] == old["data"]["ca.crt"]);
  CHECK(cluster.server.Calls("PUT /api/v1/namespaces/ns/secrets") == 1);
  CHECK(a.source.Current().value()->key_pem == b.source.Current().value()->key_pem);
}

TEST_CASE("only the leader renews") {
  const Json before = AgedCa(300);
  Cluster cluster(before);
  Json lease = MakeObject("coordination.k8s.io/v1", "Lease", "ns", "railhook");
  lease["spec"] = {{"holderIdentity", "another"}, {"leaseDurationSeconds", 600}};
  cluster.server.Put(kLeases, lease);
  Replica replica(cluster.server, "a");
  CHECK(Eventually([&] { return replica.source.Current().has_value(); }));
  CHECK(cluster.ALittleLater());
  CHECK(cluster.Secret()["data"] == before["data"]);
  lease["spec"]["holderIdentity"] = "";
  cluster.server.Put(kLeases, lease);
  CHECK(cluster.IsRotated(before));
}

void CheckItGoesOnWhenWritten(const ResourceType& unwritable) {
  const Json before = AgedCa(300);
  Cluster cluster(before);
  cluster.Register();
  cluster.server.Refuse("PATCH " + PathOf(unwritable, "", "railhook"), 403, 1'000'000);
  {
    Replica replica(cluster.server, "a");
    CHECK(Eventually([&] { return Count(Text(cluster.Secret(), "ca.crt")) == 2; }));
    CHECK(cluster.ALittleLater());
    CHECK(cluster.Secret()["data"]["tls.crt"] == before["data"]["tls.crt"]);
    CHECK(Eventually(
        [&] { return replica.rotation.trouble().find("the CA of tls.crt ends on") == 0; }));
  }
  // The leader is gone, and somebody else writes what it couldn't.
  Json registered = cluster.server.Find(unwritable, "", "railhook");
  for (Json& entry : registered["webhooks"])
    entry["clientConfig"]["caBundle"] = cluster.Secret()["data"]["ca.crt"];
  cluster.server.Put(unwritable, registered);
  Replica heir(cluster.server, "b");
  CHECK(
      Eventually([&] { return cluster.Secret()["data"]["tls.crt"] != before["data"]["tls.crt"]; }));
}

TEST_CASE("until the caBundle can be written the old certificate is served, and then it goes on") {
  CheckItGoesOnWhenWritten(kMutatingWebhookConfigurations);
  CheckItGoesOnWhenWritten(kValidatingWebhookConfigurations);
}

TEST_CASE("a leader that ends after any step leaves the rest to the next one") {
  Json secret = AgedCa(300);
  const Json before = secret;
  for (const RotationStep step :
       {RotationStep::kNone, RotationStep::kMakeNextCa, RotationStep::kUseNextCa}) {
    secret = AfterStep(step, secret, kNames, {}, std::time(nullptr)).value();
    Cluster cluster(secret);
    cluster.Register();
    Replica heir(cluster.server, "heir");
    CHECK(cluster.IsRotated(before));
  }
}

TEST_CASE("where nothing is registered nobody has to be told first") {
  const Json before = AgedCa(300);
  Cluster cluster(before);
  Replica replica(cluster.server, "a");
  CHECK(cluster.IsRotated(before));
}

TEST_CASE("a certificate that somebody else made is served and published, and never replaced") {
  const Json theirs = ByAnother(Aged(300));
  Cluster cluster(theirs);
  cluster.Register();
  Replica replica(cluster.server, "a");
  CHECK(cluster.Bundle() == Text(theirs, "ca.crt"));
  CHECK(cluster.ALittleLater());
  CHECK(cluster.Secret()["data"] == theirs["data"]);
  CHECK(Eventually([&] {
    return replica.rotation.trouble().find("isn't railhook's to renew") != std::string::npos;
  }));
  const Json renewed = ByAnother(Aged(1));
  cluster.server.Put(kSecrets, renewed);
  CHECK(Eventually([&] { return replica.rotation.trouble().empty(); }));
  CHECK(cluster.Secret()["data"] == renewed["data"]);
}

TEST_CASE("a Secret that can't be written is trouble that says so, and ends with it") {
  const Json before = AgedCa(300);
  Cluster cluster(before);
  cluster.server.Refuse("PUT /api/v1/namespaces/ns/secrets", 403, 3);
  Replica replica(cluster.server, "a");
  CHECK(Eventually(
      [&] { return replica.rotation.trouble().find("403 refused") != std::string::npos; }));
  CHECK(cluster.IsRotated(before));
  CHECK(Eventually([&] { return replica.rotation.trouble().empty(); }));
}

TEST_CASE("a rotation ends at once, also in the middle of a call") {
  Cluster cluster(AgedCa(300));
  cluster.server.Fail("PUT /api/v1/namespaces/ns/secrets", Fault::kHang);
  std::optional<Replica> replica(std::in_place, cluster.server, "a");
  CHECK(Eventually([&] { return cluster.server.Calls("PUT /api/v1/namespaces/ns/secrets") == 1; }));
  const auto start = std::chrono::steady_clock::now();
  replica.reset();
  CHECK(std::chrono::steady_clock::now() - start < 5s);
}

}  // namespace
}  // namespace railhook

#include "certs/secret_source.h"

#include <doctest/doctest.h>

#include <chrono>
#include <ctime>
#include <optional>

#include "certs/certificate_secret.h"
#include "certs/secret_rotation.h"
#include "k8sclient/object.h"
#include "tests/eventually.h"
#include "tests/fakes/fake_api_server.h"
#include "tests/fakes/objects.h"
#include "tls/base64.h"

namespace railhook {
namespace {

const ServerNames kNames{.dns = {"railhook", "railhook.ns.svc"}, .ips = {}};

using namespace std::chrono_literals;

constexpr SecretTimes kQuick{20ms, 100ms, 5ms, 20ms, 300'000ms};

Json NewSecret(std::time_t now = std::time(nullptr)) {
  Json secret = MakeCertificateSecret("railhook-certs", kNames, now).value();
  secret["metadata"]["namespace"] = "ns";
  return secret;
}

// A Secret that nobody can serve with.
Json Broken(Json secret) {
  secret["data"]["tls.key"] = EncodeBase64("garbage");
  return secret;
}

Json Kept(const FakeApiServer& server) { return server.Find(kSecrets, "ns", "railhook-certs"); }

struct Replica {
  FakeApiServer& server;
  std::optional<SecretSource> source;

  explicit Replica(FakeApiServer& at, SecretTimes times = kQuick) : server(at) {
    source.emplace(
        server, "ns", "railhook-certs", kNames, [] { return Lifetimes{}; }, times);
  }

  std::shared_ptr<const Certificate> Current() {
    auto current = source->Current();
    return current ? *current : nullptr;
  }
  // Serves with what the server keeps.
  bool Agrees() {
    return Eventually([&] {
      const auto current = Current();
      const Json secret = Kept(server);
      return current && !secret.is_null() &&
             secret["data"]["tls.key"] == EncodeBase64(current->key_pem);
    });
  }
  bool Watches() const {
    return Eventually([&] { return server.Watches(kSecrets) == 1; });
  }
};

TEST_CASE("where there is no Secret one is made and used") {
  FakeApiServer server;
  Replica replica(server);
  CHECK(replica.Agrees());
  CHECK(ReadCertificateSecret(Kept(server), kNames, std::time(nullptr)));
  CHECK(Eventually([&] { return replica.source->trouble().empty(); }));
  CHECK(server.Calls("POST") == 1);
}

TEST_CASE("a Secret that is there is used as it is") {
  FakeApiServer server;
  server.Put(kSecrets, NewSecret());
  const Json before = Kept(server);
  Replica replica(server);
  CHECK(replica.Agrees());
  CHECK(Kept(server) == before);
}

TEST_CASE("replicas that start at once share one certificate") {
  for (int round = 0; round < 10; ++round) {
    FakeApiServer server;
    Replica a(server);
    Replica b(server);
    Replica c(server);
    CHECK(a.Agrees());
    CHECK(b.Agrees());
    CHECK(c.Agrees());
    CHECK(Kept(server)["data"]["ca.crt"] == EncodeBase64(a.Current()->ca_pem));
    CHECK(a.Current()->key_pem == b.Current()->key_pem);
    CHECK(a.Current()->key_pem == c.Current()->key_pem);
  }
}

TEST_CASE("a Secret that is deleted is written back as it was, and stays in use meanwhile") {
  FakeApiServer server;
  Replica replica(server);
  CHECK(replica.Agrees());
  CHECK(replica.Watches());
  const auto held = replica.Current();
  const Json before = Kept(server);
  for (int round = 0; round < 3; ++round) {
    server.Remove(kSecrets, "ns", "railhook-certs");
    CHECK(replica.Current() == held);
    CHECK(Eventually([&] { return !Kept(server).is_null(); }));
    CHECK(Kept(server)["data"] == before["data"]);
    CHECK(Kept(server)["type"] == "kubernetes.io/tls");
  }
  CHECK(replica.Agrees());
  CHECK(replica.Current() == held);
}

TEST_CASE("a Secret that is spoilt is mended, and stays in use meanwhile") {
  FakeApiServer server;
  Replica replica(server);
  CHECK(replica.Agrees());
  CHECK(replica.Watches());
  const auto held = replica.Current();
  const Json before = Kept(server);
  Json spoilt = Broken(before);
  spoilt["metadata"]["labels"]["team"] = "net";
  server.Put(kSecrets, spoilt);
  CHECK(replica.Current() == held);
  CHECK(Eventually([&] { return Kept(server)["data"] == before["data"]; }));
  CHECK(Kept(server)["metadata"]["labels"]["team"] == "net");
  CHECK(replica.Current() == held);
  CHECK(Eventually([&] { return replica.source->trouble().empty(); }));
}

TEST_CASE("what can't be used from the start is replaced") {
  FakeApiServer server;
  server.Put(kSecrets, Broken(NewSecret()));
  Replica replica(server);
  CHECK(replica.Agrees());
}

// API servers let nobody change the type of a Secret.
TEST_CASE("a Secret of another type is filled as well") {
  FakeApiServer server;
  Json secret = MakeObject("v1", "Secret", "ns", "railhook-certs");
  secret["type"] = "Opaque";
  server.Put(kSecrets, secret);
  Replica replica(server);
  CHECK(replica.Agrees());
  CHECK(Kept(server)["type"] == "Opaque");
}

TEST_CASE("a good certificate that somebody else writes is taken over") {
  FakeApiServer server;
  Replica a(server);
  Replica b(server);
  CHECK(a.Agrees());
  const auto held = a.Current();
  server.Put(kSecrets, NewSecret());
  CHECK(Eventually([&] { return a.Current() != held; }));
  CHECK(a.Agrees());
  CHECK(b.Agrees());
}

TEST_CASE("a CA that changes under the same certificate is taken over") {
  FakeApiServer server;
  Replica replica(server);
  CHECK(replica.Agrees());
  const auto held = replica.Current();
  Json secret = Kept(server);
  const Json other = NewSecret();
  const auto text = [](const Json& from) {
    return DecodeBase64(from["data"]["ca.crt"].get<std::string>()).value();
  };
  secret["data"]["ca.crt"] = EncodeBase64(text(secret) + text(other));
  server.Put(kSecrets, secret);
  CHECK(Eventually([&] { return replica.Current()->ca_pem == held->ca_pem + text(other); }));
  CHECK(replica.Current()->chain_pem == held->chain_pem);
}

TEST_CASE("a certificate that expires while nobody touches the Secret is replaced") {
  constexpr std::time_t kLife = 90 * 24 * 3600;
  FakeApiServer server;
  server.Put(kSecrets, NewSecret(std::time(nullptr) - kLife + 3));
  Replica a(server);
  Replica b(server);
  CHECK(a.Agrees());
  const auto held = a.Current();
  CHECK(Eventually([&] { return a.Current() != held; }));
  CHECK(ReadCertificateSecret(Kept(server), kNames, std::time(nullptr)));
  CHECK(a.Agrees());
  CHECK(b.Agrees());
  CHECK(a.Current()->ca_pem == b.Current()->ca_pem);
}

// The Secret with a certificate that ended a day ago, of a CA that is good for long.
Json Expired(const Json& secret) {
  return WithNewLeaf(secret, kNames, {}, std::time(nullptr) - 91 * 24 * 3600).value();
}

TEST_CASE(
    "what has expired, or is for another name, is replaced by its own CA while that is good") {
  const Json good = NewSecret();
  const ServerNames others{.dns = {"old.ns.svc"}, .ips = {}};
  for (const Json& bad :
       {Expired(good), WithNewLeaf(good, others, {}, std::time(nullptr)).value()}) {
    FakeApiServer server;
    server.Put(kSecrets, bad);
    Replica replica(server);
    CHECK(replica.Agrees());
    const Json now = Kept(server);
    CHECK(now["data"]["ca.crt"] == good["data"]["ca.crt"]);
    CHECK(now["data"]["ca.key"] == good["data"]["ca.key"]);
    CHECK(now["data"]["tls.crt"] != bad["data"]["tls.crt"]);
  }
}

TEST_CASE("what can't be used is trouble with its reason while the last good one is served") {
  const Json good = NewSecret();
  const Json other = NewSecret();
  const ServerNames others{.dns = {"old.ns.svc"}, .ips = {}};
  Json unmatched = good;
  unmatched["data"]["tls.key"] = other["data"]["tls.key"];
  Json untrusted = good;
  untrusted["data"]["ca.crt"] = other["data"]["ca.crt"];
  const std::pair<Json, std::string> cases[] = {
      {Broken(good), "tls.key: no private key"},
      {unmatched, "tls.key is not the key of"},
      {untrusted, "tls.crt doesn't lead to any certificate in ca.crt"},
      {Expired(good), "tls.crt has expired on"},
      {WithNewLeaf(good, others, {}, std::time(nullptr)).value(), "tls.crt is not for"},
  };
  FakeApiServer server;
  server.Put(kSecrets, good);
  // After the first it mends none of them, for that would end the trouble.
  Replica replica(server, {20ms, 100ms, 600'000ms, 600'000ms, 600'000ms});
  CHECK(replica.Agrees());
  CHECK(replica.Watches());
  server.Put(kSecrets, Broken(good));
  CHECK(Eventually([&] { return server.Calls("PUT") == 1; }));
  const auto held = replica.Current();
  for (const auto& [bad, reason] : cases) {
    CAPTURE(reason);
    server.Put(kSecrets, bad);
    CHECK(Eventually([&] {
      return replica.source->trouble().find("ns/railhook-certs can't be used: " + reason) !=
             std::string::npos;
    }));
    CHECK(replica.Current() == held);
    CHECK_FALSE(replica.source->Secret());
  }
  server.Remove(kSecrets, "ns", "railhook-certs");
  CHECK(
      Eventually([&] { return replica.source->trouble() == "Secret ns/railhook-certs is gone"; }));
  CHECK(replica.Current() == held);
  server.Put(kSecrets, good);
  CHECK(Eventually([&] { return replica.source->trouble().empty(); }));
  CHECK(replica.source->Secret());
}

TEST_CASE("with an owner who spoils the Secret again and again there is no race") {
  FakeApiServer server;
  Replica replica(server, {20ms, 100ms, 100ms, 60'000ms, 300'000ms});
  CHECK(replica.Agrees());
  const Json spoilt = Broken(Kept(server));
  const auto end = std::chrono::steady_clock::now() + 2s;
  while (std::chrono::steady_clock::now() < end) {
    if (Kept(server)["data"] != spoilt["data"]) server.Put(kSecrets, spoilt);
    std::this_thread::sleep_for(1ms);
  }
  CHECK(server.Calls("PUT") >= 2);
  CHECK(server.Calls("PUT") <= 5);
}

TEST_CASE("an API server that is down at the start is waited for, and its end costs nothing") {
  FakeApiServer server;
  server.SetDown(true);
  Replica replica(server);
  CHECK(Eventually([&] { return replica.source->trouble() == "no answer"; }));
  CHECK_FALSE(replica.source->Current());
  server.SetDown(false);
  CHECK(replica.Agrees());
  const auto held = replica.Current();
  server.SetDown(true);
  CHECK(replica.Current() == held);
}

TEST_CASE("a Secret whose making got no answer is made once") {
  FakeApiServer server;
  server.Fail("POST", Fault::kLostAnswer);
  Replica replica(server);
  CHECK(replica.Agrees());
  CHECK(server.Calls("POST") == 1);
}

TEST_CASE("a Secret that may not be written is trouble that says so, and ends with it") {
  FakeApiServer server;
  server.Refuse("POST", 403, 2);
  Replica replica(server);
  CHECK(Eventually([&] {
    return replica.source->trouble() == "POST /api/v1/namespaces/ns/secrets: 403 refused";
  }));
  CHECK(replica.Agrees());
  CHECK(Eventually([&] { return replica.source->trouble().empty(); }));
}

TEST_CASE("a source ends at once though its Secret can't be written") {
  FakeApiServer server;
  server.Refuse("POST", 403, 1'000'000);
  Replica replica(server);
  CHECK(Eventually([&] { return server.Calls("POST") >= 1; }));
  const auto start = std::chrono::steady_clock::now();
  replica.source.reset();
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));
}

TEST_CASE("a source that is stopped in the middle of a call ends at once") {
  FakeApiServer server;
  server.Fail("POST", Fault::kHang);
  Replica replica(server);
  CHECK(Eventually([&] { return server.Calls("POST") == 1; }));
  const auto start = std::chrono::steady_clock::now();
  replica.source.reset();
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));
}

}  // namespace
}  // namespace railhook

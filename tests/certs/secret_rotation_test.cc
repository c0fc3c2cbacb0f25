#include "certs/secret_rotation.h"

#include <doctest/doctest.h>

#include <string>

#include "base/json.h"
#include "certs/authority.h"
#include "certs/certificate_secret.h"
#include "tls/base64.h"
#include "tls/openssl.h"

namespace railhook {
namespace {

using namespace std::chrono_literals;

const ServerNames kNames{.dns = {"railhook.ns.svc"}, .ips = {}};
constexpr std::time_t kNow = 1'800'000'000;
constexpr std::time_t kDay = 86'400;
constexpr Lifetimes kLifetimes;

Json NewSecret() { return MakeCertificateSecret("railhook-certs", kNames, kNow).value(); }

std::string Text(const Json& secret, const std::string& key) {
  return DecodeBase64(secret["data"][key].get<std::string>()).value();
}

std::size_t CasIn(const Json& secret) {
  return ParseCertificates(Text(secret, "ca.crt")).value().size();
}

Json After(RotationStep step, const Json& secret, std::time_t now) {
  auto next = AfterStep(step, secret, kNames, kLifetimes, now);
  REQUIRE_MESSAGE(next, (next ? "" : next.error().message));
  return std::move(next).Take();
}

SecretFacts Facts(const Json& secret) { return ReadSecretFacts(secret).value(); }

// Whether a client that trusts this caBundle takes what the Secret serves.
bool Trusts(const std::string& bundle, Json secret, std::time_t now) {
  secret["data"]["ca.crt"] = EncodeBase64(bundle);
  return ReadCertificateSecret(secret, kNames, now).has_value();
}

TEST_CASE("a new Secret is railhook's own, and so is one of the version before") {
  const auto facts = Facts(NewSecret());
  REQUIRE(facts.own);
  CHECK(facts.leaf.ends == kNow + 90 * kDay);
  CHECK(facts.own->current.ends == kNow + 365 * kDay);
  CHECK_FALSE(facts.own->next);
  CHECK_FALSE(facts.own->old);
}

TEST_CASE("through all steps clients that trust what was published before are served") {
  const std::time_t later = kNow + 250 * kDay;
  const Json first = After(RotationStep::kRenewLeaf, NewSecret(), later - kDay);
  const Json both = After(RotationStep::kMakeNextCa, first, later);
  CHECK(both["data"]["tls.crt"] == first["data"]["tls.crt"]);
  CHECK(CasIn(both) == 2);
  CHECK(Facts(both).own->next->ends == later + 365 * kDay);
  CHECK_FALSE(Facts(both).own->old);
  CHECK(Trusts(Text(first, "ca.crt"), both, later));

  const Json used = After(RotationStep::kUseNextCa, both, later + 60);
  CHECK(used["data"]["ca.crt"] == both["data"]["ca.crt"]);
  CHECK(used["data"]["ca.key"] == both["data"]["next-ca.key"]);
  CHECK_FALSE(used["data"].contains("next-ca.key"));
  CHECK(Facts(used).own->current.ends == later + 365 * kDay);
  CHECK(Facts(used).own->old);
  CHECK(Trusts(Text(both, "ca.crt"), used, later + 60));
  CHECK_FALSE(Trusts(Text(first, "ca.crt"), used, later + 60));

  const Json done = After(RotationStep::kDropOldCas, used, later + 3600);
  CHECK(CasIn(done) == 1);
  CHECK(done["data"]["tls.crt"] == used["data"]["tls.crt"]);
  CHECK_FALSE(Facts(done).own->old);
  CHECK(Trusts(Text(done, "ca.crt"), used, later + 3600));
}

TEST_CASE("a new leaf is of the same CA, lasts no longer than it, and leaves the rest alone") {
  Json secret = NewSecret();
  secret["metadata"]["labels"]["team"] = "net";
  secret["data"]["more"] = "Zm9v";
  const Json renewed = After(RotationStep::kRenewLeaf, secret, kNow + 300 * kDay);
  CHECK(renewed["data"]["tls.key"] != secret["data"]["tls.key"]);
  CHECK(renewed["data"]["ca.crt"] == secret["data"]["ca.crt"]);
  CHECK(renewed["data"]["more"] == "Zm9v");
  CHECK(renewed["metadata"] == secret["metadata"]);
  CHECK(Facts(renewed).leaf.ends == kNow + 365 * kDay);
  CHECK(ReadCertificateSecret(renewed, kNames, kNow + 300 * kDay));
  CHECK_FALSE(WithNewLeaf(secret, kNames, kLifetimes, kNow + 366 * kDay));
}

TEST_CASE("a certificate for another name becomes one for the right name") {
  const Json secret =
      MakeCertificateSecret("railhook-certs", {.dns = {"old.ns.svc"}, .ips = {}}, kNow).value();
  CHECK_FALSE(ReadCertificateSecret(secret, kNames, kNow));
  const auto renewed = WithNewLeaf(secret, kNames, kLifetimes, kNow);
  REQUIRE(renewed);
  CHECK(ReadCertificateSecret(*renewed, kNames, kNow));
}

TEST_CASE("a next CA that was never used gives way to another, and others' CAs stay") {
  Json secret = NewSecret();
  const auto foreign = ParseCertificates(Text(NewSecret(), "tls.crt")).value();
  secret["data"]["ca.crt"] = EncodeBase64(Text(secret, "ca.crt") + PemOf(*foreign.front()).value());
  const Json once = After(RotationStep::kMakeNextCa, secret, kNow);
  const Json twice = After(RotationStep::kMakeNextCa, once, kNow + 1);
  CHECK(CasIn(twice) == 3);
  CHECK(Facts(twice).own->next->ends == kNow + 1 + 365 * kDay);
  const Json used = After(RotationStep::kUseNextCa, twice, kNow + 2);
  CHECK(CasIn(After(RotationStep::kDropOldCas, used, kNow + 3)) == 2);
}

TEST_CASE("what somebody else made isn't railhook's own, whatever was left beside it") {
  const Json ours = NewSecret();
  const Json theirs = NewSecret();
  const auto is_own = [](Json secret, const std::string& key, const Json& value) {
    secret["data"][key] = value;
    return Facts(secret).own.has_value();
  };
  CHECK_FALSE(is_own(ours, "ca.key", nullptr));
  CHECK_FALSE(is_own(ours, "ca.key", "Zm9v"));
  CHECK_FALSE(is_own(ours, "ca.key", theirs["data"]["ca.key"]));
  Json replaced = ours;  // our CA and its key stay beside another certificate
  for (const std::string key : {"tls.crt", "tls.key"}) replaced["data"][key] = theirs["data"][key];
  CHECK_FALSE(Facts(replaced).own);
}

TEST_CASE("a next CA whose key is lost is an old one, and one whose key is garbage is none") {
  const Json both = After(RotationStep::kMakeNextCa, NewSecret(), kNow);
  for (const Json& key : {Json(nullptr), Json("Zm9v"), NewSecret()["data"]["ca.key"]}) {
    Json lost = both;
    lost["data"]["next-ca.key"] = key;
    CHECK_FALSE(Facts(lost).own->next);
    CHECK(Facts(lost).own->old);
    CHECK(CasIn(After(RotationStep::kDropOldCas, lost, kNow)) == 1);
  }
}

}  // namespace
}  // namespace railhook

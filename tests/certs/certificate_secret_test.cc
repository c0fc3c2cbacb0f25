#include "certs/certificate_secret.h"

#include <doctest/doctest.h>

#include <functional>

#include "base/json.h"
#include "certs/authority.h"
#include "tls/base64.h"

namespace railhook {
namespace {

const ServerNames kNames{.dns = {"railhook", "railhook.ns.svc"}, .ips = {}};
constexpr std::time_t kNow = 1'800'000'000;
constexpr std::time_t kDay = 86'400;

Json NewSecret(const ServerNames& names = kNames, std::time_t now = kNow) {
  return MakeCertificateSecret("railhook-certs", names, now).value();
}

TEST_CASE("a Secret that is made here can be read here") {
  const Json secret = NewSecret();
  CHECK(secret["type"] == "kubernetes.io/tls");
  CHECK(secret["metadata"]["name"] == "railhook-certs");
  const auto read = ReadCertificateSecret(secret, kNames, kNow);
  REQUIRE(read);
  CHECK(EncodeBase64(read->chain_pem) == secret["data"]["tls.crt"]);
  CHECK(EncodeBase64(read->key_pem) == secret["data"]["tls.key"]);
  CHECK(EncodeBase64(read->ca_pem) == secret["data"]["ca.crt"]);
  CHECK(read->not_after > kNow + 89 * kDay);
  CHECK(DecodeBase64(secret["data"]["ca.key"].get<std::string>())->starts_with("-----BEGIN"));
}

TEST_CASE("a Secret that can't be used is refused with its key and the reason") {
  const Json other = NewSecret();
  const auto set = [](const std::string& key, const Json& value) {
    return [=](Json& secret) { secret["data"][key] = value; };
  };
  const struct {
    std::string says;
    std::function<void(Json&)> spoil;
  } cases[] = {{"tls.crt is missing", [](Json& secret) { secret.erase("data"); }},
               {"tls.crt is missing", set("tls.crt", "")},
               {"tls.key is missing", [](Json& secret) { secret["data"].erase("tls.key"); }},
               {"ca.crt is missing", set("ca.crt", 7)},
               {"tls.crt: is not base64", set("tls.crt", "-----BEGIN")},
               {"tls.crt: no certificate", set("tls.crt", "Zm9v")},
               {"tls.key is not the key of", set("tls.key", other["data"]["tls.key"])},
               {"tls.crt was not signed by any certificate in ca.crt",
                set("ca.crt", other["data"]["ca.crt"])},
               {"ca.crt", set("ca.crt", "Zm9v")}};
  for (const auto& c : cases) {
    CAPTURE(c.says);
    Json secret = NewSecret();
    c.spoil(secret);
    const auto read = ReadCertificateSecret(secret, kNames, kNow);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == ErrorCode::kInvalid);
    CHECK(read.error().message.find(c.says) == 0);
  }
}

TEST_CASE("a certificate for other names, or that has expired, is refused") {
  const auto renamed = ReadCertificateSecret(NewSecret(), {.dns = {"webhook"}, .ips = {}}, kNow);
  REQUIRE_FALSE(renamed);
  CHECK(renamed.error().message == "tls.crt is not for \"webhook\"");
  const auto expired = ReadCertificateSecret(NewSecret(), kNames, kNow + 91 * kDay);
  REQUIRE_FALSE(expired);
  CHECK(expired.error().message.find("tls.crt has expired") == 0);
}

TEST_CASE("a CA among several in ca.crt is enough: it may be in the middle of a change") {
  Json secret = NewSecret();
  const auto pem = [](const Json& from) {
    return DecodeBase64(from["data"]["ca.crt"].get<std::string>()).value();
  };
  secret["data"]["ca.crt"] = EncodeBase64(pem(NewSecret()) + pem(secret));
  CHECK(ReadCertificateSecret(secret, kNames, kNow));
}

}  // namespace
}  // namespace railhook

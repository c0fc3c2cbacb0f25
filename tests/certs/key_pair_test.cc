#include "certs/key_pair.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "certs/authority.h"

namespace railhook {
namespace {

constexpr std::time_t kNow = 1'790'000'000;  // 2026-09-21 14:13:20 UTC
constexpr std::time_t kDay = 86'400;

Certificate Signed() {
  return Authority::Make(kNow).value().Sign({.dns = {"a"}, .ips = {}}, kNow).value();
}

// A key that asks for a password ("x"), made for this test.
constexpr std::string_view kEncryptedKey =
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
    "MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAiSPmrIoa0TJQICCAAw\n"
    "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEGUiw18HJQeol1gVShBbxb8EgZCG\n"
    "6ck5Hy3R6/e7GE61/KFTTKuI1+n2MhAggW02muzLT4xvoQBBvc9vrzkwKUbwOH2W\n"
    "YQSbeDOK+f5rVklVzaGSPhUZkOkat9Y/Po0bw9JPoXL2NaaqBdBfrFlXBMaSVgrR\n"
    "y4VWy0HC6PSxVHuKOHGJYfXTIGQXjE1ktoNAf8C8DhRCbhwaBjmFufwXw0A1Hjo=\n"
    "-----END ENCRYPTED PRIVATE KEY-----\n";

TEST_CASE("a good pair is taken as it is") {
  const auto pair = Signed();
  const auto checked = CheckKeyPair(pair.chain_pem, pair.key_pem, pair.ca_pem, kNow);
  REQUIRE(checked);
  CHECK(checked->chain_pem == pair.chain_pem);
  CHECK(checked->key_pem == pair.key_pem);
  CHECK(checked->ca_pem == pair.ca_pem);
  CHECK(checked->not_after == kNow + 90 * kDay);
  CHECK(CheckKeyPair(pair.chain_pem + pair.ca_pem, pair.key_pem, "", kNow).has_value());
  CHECK(CheckKeyPair("text before\n" + pair.chain_pem, pair.key_pem, "", kNow).has_value());
}

TEST_CASE("what can't be served, and which file is to blame") {
  const auto a = Signed();
  const auto b = Signed();
  auto broken = a.chain_pem;
  broken[60] = '!';
  const struct {
    std::string_view name;
    std::string chain, key, ca;
    std::time_t now;
    std::string_view want;
  } cases[] = {
      {"no certificate", "", a.key_pem, "", kNow, "tls.crt: no certificate in PEM form"},
      {"noise for a certificate", "noise", a.key_pem, "", kNow,
       "tls.crt: no certificate in PEM form"},
      {"a key for a certificate", a.key_pem, a.key_pem, "", kNow,
       "tls.crt: no certificate in PEM form"},
      {"a broken certificate", broken, a.key_pem, "", kNow, "tls.crt: a certificate is broken"},
      {"half a certificate", a.chain_pem.substr(0, 300), a.key_pem, "", kNow,
       "tls.crt: a certificate is broken"},
      {"a broken second certificate", a.chain_pem + broken, a.key_pem, "", kNow,
       "tls.crt: a certificate is broken"},
      {"no key", a.chain_pem, "", "", kNow,
       "tls.key: no private key in PEM form without a password"},
      {"a certificate for a key", a.chain_pem, a.chain_pem, "", kNow, "tls.key: no private key"},
      {"half a key", a.chain_pem, a.key_pem.substr(0, 100), "", kNow, "tls.key: no private key"},
      {"a key with a password", a.chain_pem, std::string(kEncryptedKey), "", kNow,
       "tls.key: no private key in PEM form without a password"},
      {"another's key", a.chain_pem, b.key_pem, "", kNow,
       "tls.key is not the key of the first certificate in tls.crt"},
      {"the leaf is not first", b.chain_pem + a.chain_pem, a.key_pem, "", kNow,
       "tls.key is not the key of the first certificate in tls.crt"},
      {"noise for a CA", a.chain_pem, a.key_pem, "noise", kNow,
       "ca.crt: no certificate in PEM form"},
      {"expired", a.chain_pem, a.key_pem, "", kNow + 90 * kDay,
       "tls.crt has expired on 2026-12-20 14:13:20 UTC; renew it"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    const auto pair = CheckKeyPair(c.chain, c.key, c.ca, c.now);
    REQUIRE(!pair);
    CHECK(pair.error().code == ErrorCode::kInvalid);
    CHECK(std::string_view(pair.error().message).substr(0, c.want.size()) == c.want);
  }
}

TEST_CASE("a pair is good until the second of its expiry") {
  const auto pair = Signed();
  CHECK(CheckKeyPair(pair.chain_pem, pair.key_pem, "", kNow + 90 * kDay - 1).has_value());
}

}  // namespace
}  // namespace railhook

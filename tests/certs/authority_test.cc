#include "certs/authority.h"

#include <doctest/doctest.h>
#include <openssl/asn1.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

namespace railhook {
namespace {

constexpr std::time_t kNow = 1'790'000'000;
constexpr std::time_t kDay = 86'400;

Certificate Signed(const ServerNames& names = {.dns = {"railhook.system.svc"}, .ips = {}}) {
  const auto authority = Authority::Make(kNow);
  REQUIRE(authority);
  auto certificate = authority->Sign(names, kNow);
  REQUIRE(certificate);
  return std::move(certificate).Take();
}

X509Handle Leaf(const Certificate& certificate) {
  return std::move(ParseCertificates(certificate.chain_pem).value().front());
}

X509Handle Ca(const Certificate& certificate) {
  return std::move(ParseCertificates(certificate.ca_pem).value().front());
}

// What a client that trusts `ca` and dials `host` at `now` says: "ok", or OpenSSL's reason.
std::string Verify(const Certificate& certificate, const X509Handle& ca, const std::string& host,
                   std::time_t now = kNow) {
  struct Free {
    void operator()(X509_STORE* store) const { X509_STORE_free(store); }
    void operator()(X509_STORE_CTX* context) const { X509_STORE_CTX_free(context); }
  };
  const std::unique_ptr<X509_STORE, Free> store(X509_STORE_new());
  X509_STORE_add_cert(store.get(), ca.get());
  const auto leaf = Leaf(certificate);
  const std::unique_ptr<X509_STORE_CTX, Free> context(X509_STORE_CTX_new());
  X509_STORE_CTX_init(context.get(), store.get(), leaf.get(), nullptr);
  X509_STORE_CTX_set_purpose(context.get(), X509_PURPOSE_SSL_SERVER);
  X509_STORE_CTX_set_flags(context.get(), X509_V_FLAG_X509_STRICT);
  X509_STORE_CTX_set_time(context.get(), 0, now);
  auto* wanted = X509_STORE_CTX_get0_param(context.get());
  if (X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str()) != 1) {
    X509_VERIFY_PARAM_set1_host(wanted, host.c_str(), host.size());
  }
  if (X509_verify_cert(context.get()) == 1) return "ok";
  return X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()));
}

std::string Curve(const Certificate& certificate) {
  const auto key = ParsePrivateKey(certificate.key_pem);
  char name[64] = "";
  EVP_PKEY_get_group_name(key.value().get(), name, sizeof name, nullptr);
  return name;
}

long LifeInSeconds(const X509& certificate) {
  int days = 0;
  int seconds = 0;
  ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(&certificate),
                 X509_get0_notAfter(&certificate));
  return days * kDay + seconds;
}

TEST_CASE("a signed certificate verifies against its CA, for all its names and for no other") {
  const auto certificate = Signed({.dns = {"railhook.system.svc", "localhost", "*.wild.test"},
                                   .ips = {"127.0.0.1", "fd00::1"}});
  const auto ca = Ca(certificate);
  for (const std::string host :
       {"railhook.system.svc", "localhost", "a.wild.test", "127.0.0.1", "fd00::1"}) {
    CAPTURE(host);
    CHECK(Verify(certificate, ca, host) == "ok");
  }
  CHECK(Verify(certificate, ca, "other.system.svc") == "hostname mismatch");
  CHECK(Verify(certificate, ca, "railhook.system") == "hostname mismatch");
  CHECK(Verify(certificate, ca, "127.0.0.2") == "IP address mismatch");
}

TEST_CASE("a signed certificate does not verify against another CA of the same name") {
  const auto certificate = Signed();
  CHECK(Verify(certificate, Ca(Signed()), "railhook.system.svc") != "ok");
}

TEST_CASE("names of any length") {
  const std::string longest = std::string(63, 'a') + "." + std::string(63, 'b') + ".svc";
  const auto certificate = Signed({.dns = {longest}, .ips = {}});
  CHECK(Verify(certificate, Ca(certificate), longest) == "ok");
}

TEST_CASE("the lives: 90 days, within the CA's year, and an hour backdated") {
  const auto certificate = Signed();
  const auto leaf = Leaf(certificate);
  const auto ca = Ca(certificate);
  CHECK(certificate.not_after == kNow + 90 * kDay);
  CHECK(LifeInSeconds(*leaf) == 90 * kDay + 3600);
  CHECK(LifeInSeconds(*ca) == 365 * kDay + 3600);
  const std::string host = "railhook.system.svc";
  CHECK(Verify(certificate, ca, host, kNow - 3599) == "ok");
  CHECK(Verify(certificate, ca, host, kNow - 3601) == "certificate is not yet valid");
  CHECK(Verify(certificate, ca, host, kNow + 90 * kDay - 1) == "ok");
  CHECK(Verify(certificate, ca, host, kNow + 90 * kDay + 1) == "certificate has expired");
}

TEST_CASE("the form: P-256, for servers only, a CA that can sign leaves only") {
  const auto certificate = Signed();
  const auto leaf = Leaf(certificate);
  const auto ca = Ca(certificate);
  CHECK(Curve(certificate) == "prime256v1");
  CHECK(X509_get_version(leaf.get()) == X509_VERSION_3);
  CHECK(X509_get_extended_key_usage(leaf.get()) == XKU_SSL_SERVER);
  CHECK(X509_get_key_usage(leaf.get()) == KU_DIGITAL_SIGNATURE);
  CHECK(X509_check_ca(leaf.get()) == 0);
  CHECK(X509_check_ca(ca.get()) == 1);
  CHECK(X509_get_key_usage(ca.get()) == (KU_KEY_CERT_SIGN | KU_CRL_SIGN));
  CHECK(X509_get_pathlen(ca.get()) == 0);
}

TEST_CASE("serial numbers and keys are never used twice") {
  const auto authority = Authority::Make(kNow);
  REQUIRE(authority);
  const ServerNames names{.dns = {"a"}, .ips = {}};
  const auto one = authority->Sign(names, kNow).value();
  const auto two = authority->Sign(names, kNow).value();
  CHECK(one.key_pem != two.key_pem);
  CHECK(ASN1_INTEGER_cmp(X509_get0_serialNumber(Leaf(one).get()),
                         X509_get0_serialNumber(Leaf(two).get())) != 0);
}

TEST_CASE("Sign says which name is none") {
  const struct {
    std::string_view name;
    ServerNames names;
    std::string_view want;
  } cases[] = {
      {"no names", {}, "a certificate needs at least one name or address"},
      {"a list in one name", {.dns = {"a,DNS:b"}, .ips = {}}, "\"a,DNS:b\" is not a DNS name"},
      {"an empty name", {.dns = {""}, .ips = {}}, "\"\" is not a DNS name"},
      {"a name that is too long", {.dns = {std::string(254, 'a')}, .ips = {}}, "is not a DNS name"},
      {"a name as an address",
       {.dns = {}, .ips = {"localhost"}},
       "\"localhost\" is not an IP address"},
  };
  const auto authority = Authority::Make(kNow);
  REQUIRE(authority);
  for (const auto& c : cases) {
    CAPTURE(c.name);
    const auto signed_one = authority->Sign(c.names, kNow);
    REQUIRE(!signed_one);
    CHECK(signed_one.error().code == ErrorCode::kInvalid);
    CHECK(signed_one.error().message.find(c.want) != std::string::npos);
  }
}

}  // namespace
}  // namespace railhook

#include "certs/certificate_secret.h"

#include <doctest/doctest.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <functional>

#include "base/json.h"
#include "certs/authority.h"
#include "tls/base64.h"
#include "tls/openssl.h"

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
  CHECK(EncodeBase64(read->chain_pem) == secret["data"]["tls.crt"].get<std::string>());
  CHECK(EncodeBase64(read->key_pem) == secret["data"]["tls.key"].get<std::string>());
  CHECK(EncodeBase64(read->ca_pem) == secret["data"]["ca.crt"].get<std::string>());
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
               {"tls.crt doesn't lead to any certificate in ca.crt: ",
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

TEST_CASE("names that API servers don't use needn't be in the certificate") {
  const Json secret = NewSecret({.dns = {"railhook.ns.svc"}, .ips = {}});
  CHECK(ReadCertificateSecret(secret, {.dns = {"railhook.ns.svc", "railhook"}, .ips = {}}, kNow));
}

X509Handle Sign(X509* certificate, X509* issuer, EVP_PKEY* key) {
  X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
  X509_delete_ext(certificate, X509_get_ext_by_NID(certificate, NID_authority_key_identifier, -1));
  REQUIRE(X509_sign(certificate, key, EVP_sha256()) > 0);
  return X509Handle(X509_dup(certificate));
}

std::string Pem(X509* certificate) {
  const BioHandle out(BIO_new(BIO_s_mem()));
  REQUIRE(PEM_write_bio_X509(out.get(), certificate) == 1);
  return TextIn(*out);
}

TEST_CASE("a certificate of an intermediate CA needs that in tls.crt") {
  Json secret = NewSecret();
  const auto text = [&](const std::string& key) {
    return DecodeBase64(secret["data"][key].get<std::string>()).value();
  };
  // The CA of the Secret becomes an intermediate below a new root.
  const auto between = std::move(ParseCertificates(text("ca.crt")).value().front());
  const auto root = X509Handle(X509_dup(between.get()));
  const auto root_key = KeyHandle(EVP_EC_gen("P-256"));
  const std::string name = "root";
  X509_NAME_add_entry_by_txt(X509_get_subject_name(root.get()), "O", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.data()), -1, -1, 0);
  for (const int extension : {NID_subject_key_identifier, NID_basic_constraints})
    X509_EXTENSION_free(
        X509_delete_ext(root.get(), X509_get_ext_by_NID(root.get(), extension, -1)));
  X509_EXTENSION* is_ca = X509V3_EXT_conf_nid(nullptr, nullptr, NID_basic_constraints, "CA:TRUE");
  X509_add_ext(root.get(), is_ca, -1);
  X509_EXTENSION_free(is_ca);
  X509_set_pubkey(root.get(), root_key.get());
  const auto anchor = Sign(root.get(), root.get(), root_key.get());
  const auto intermediate = Sign(between.get(), anchor.get(), root_key.get());
  secret["data"]["ca.crt"] = EncodeBase64(Pem(anchor.get()));
  CHECK_FALSE(ReadCertificateSecret(secret, kNames, kNow));
  secret["data"]["tls.crt"] = EncodeBase64(text("tls.crt") + Pem(intermediate.get()));
  const auto read = ReadCertificateSecret(secret, kNames, kNow);
  CHECK_MESSAGE(read, (read ? "" : read.error().message));
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

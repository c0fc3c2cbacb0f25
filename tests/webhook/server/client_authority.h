#pragma once
// A certificate authority for tests that signs certificates for clients, good ones and bad ones.

#include <doctest/doctest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <string>

#include "tls/openssl.h"

namespace railhook {

struct ShownCertificate {
  X509Handle certificate;
  KeyHandle key;
};

// What a client's certificate says.
struct ClientClaims {
  std::string common_name = "kube-apiserver";
  std::string dns_name = {};  // "": none
  std::string usage = "clientAuth";
  long ends_in = 3600;  // seconds from now; it began a day ago
};

class ClientAuthority {
 public:
  ClientAuthority() : self_(Begin("clients' CA", 3600)) {
    Extend(self_.certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
    Finish(self_.certificate.get());
  }

  std::string Pem() const {
    const BioHandle out(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(out.get(), self_.certificate.get());
    return TextIn(*out);
  }

  ShownCertificate Sign(const ClientClaims& claims) const {
    auto client = Begin(claims.common_name, claims.ends_in);
    auto* certificate = client.certificate.get();
    Extend(certificate, NID_ext_key_usage, claims.usage);
    if (!claims.dns_name.empty()) {
      Extend(certificate, NID_subject_alt_name, "DNS:" + claims.dns_name);
    }
    Finish(certificate);
    return client;
  }

 private:
  static ShownCertificate Begin(const std::string& common_name, long ends_in) {
    constexpr long kDay = 24 * 3600;
    ShownCertificate made{X509Handle(X509_new()), KeyHandle(EVP_EC_gen("P-256"))};
    auto* certificate = made.certificate.get();
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), std::time(nullptr));
    X509_gmtime_adj(X509_getm_notBefore(certificate), -kDay);
    X509_gmtime_adj(X509_getm_notAfter(certificate), ends_in);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(common_name.data()),
                               static_cast<int>(common_name.size()), -1, 0);
    X509_set_pubkey(certificate, made.key.get());
    return made;
  }

  static void Extend(X509* certificate, int id, const std::string& value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, id, value.c_str());
    REQUIRE(extension);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }

  void Finish(X509* certificate) const {
    X509_set_issuer_name(certificate, X509_get_subject_name(self_.certificate.get()));
    REQUIRE(X509_sign(certificate, self_.key.get(), EVP_sha256()) > 0);
  }

  ShownCertificate self_;
};

}  // namespace railhook

#include "certs/authority.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>
#include <utility>

namespace railhook {
namespace {

constexpr std::time_t kMinute = 60;
constexpr std::time_t kDay = 24 * 60 * kMinute;
constexpr std::time_t kBackdated = 5 * kMinute;  // for clients whose clock is slow
constexpr std::time_t kAuthorityLife = 365 * kDay;
constexpr std::time_t kLeafLife = 90 * kDay;
constexpr int kSerialBits = 127;  // RFC 5280 4.1.2.2: positive, at most 20 bytes
constexpr std::size_t kLongestCommonName = 64;

struct FreeNumber {
  void operator()(BIGNUM* number) const { BN_free(number); }
};

tl::unexpected<Error> Failed(std::string_view doing) {
  return Fail(ErrorCode::kUnavailable, OpenSslError(doing));
}

Result<KeyHandle> MakeKey() {
  KeyHandle key(EVP_EC_gen("P-256"));
  if (!key) return Failed("can't make a key");
  return key;
}

bool SetRandomSerial(X509* certificate) {
  const std::unique_ptr<BIGNUM, FreeNumber> serial(BN_new());
  return serial && BN_rand(serial.get(), kSerialBits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
         BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(certificate));
}

bool SetCommonName(X509_NAME* name, const std::string& text) {
  return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(text.data()),
                                    static_cast<int>(text.size()), -1, 0) == 1;
}

bool SetTimes(X509* certificate, std::time_t now, std::time_t life) {
  return ASN1_TIME_set(X509_getm_notBefore(certificate), now - kBackdated) &&
         ASN1_TIME_set(X509_getm_notAfter(certificate), now + life);
}

// All but issuer, extensions and signature.
Result<X509Handle> Begin(const std::string& common_name, EVP_PKEY* key, std::time_t now,
                         std::time_t life) {
  X509Handle certificate(X509_new());
  if (!certificate || X509_set_version(certificate.get(), X509_VERSION_3) != 1 ||
      !SetRandomSerial(certificate.get()) || !SetTimes(certificate.get(), now, life) ||
      !SetCommonName(X509_get_subject_name(certificate.get()), common_name) ||
      X509_set_pubkey(certificate.get(), key) != 1) {
    return Failed("can't make a certificate");
  }
  return certificate;
}

bool AddExtension(X509* certificate, X509* issuer, int id, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, id, value);
  const bool added = extension && X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return added;
}

// Takes `value`, also where it fails.
bool AddName(GENERAL_NAMES* names, int type, ASN1_STRING* value) {
  GENERAL_NAME* name = value ? GENERAL_NAME_new() : nullptr;
  if (!name) {
    ASN1_STRING_free(value);
    return false;
  }
  GENERAL_NAME_set0_value(name, type, value);
  if (sk_GENERAL_NAME_push(names, name) > 0) return true;
  GENERAL_NAME_free(name);
  return false;
}

bool AddDnsName(GENERAL_NAMES* names, const std::string& text) {
  ASN1_STRING* value = ASN1_IA5STRING_new();
  if (value) ASN1_STRING_set(value, text.data(), static_cast<int>(text.size()));
  return AddName(names, GEN_DNS, value);
}

bool IsDnsName(const std::string& text) {
  constexpr std::string_view allowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.*_";
  return !text.empty() && text.size() <= 253 && text.find_first_not_of(allowed) == text.npos;
}

Result<NamesHandle> AlternativeNames(const ServerNames& names) {
  NamesHandle all(GENERAL_NAMES_new());
  for (const auto& dns : names.dns) {
    if (!IsDnsName(dns)) return Fail(ErrorCode::kInvalid, "\"" + dns + "\" is not a DNS name");
    if (!all || !AddDnsName(all.get(), dns)) return Failed("can't name a certificate");
  }
  for (const auto& ip : names.ips) {
    if (!all || !AddName(all.get(), GEN_IPADD, a2i_IPADDRESS(ip.c_str()))) {
      return Fail(ErrorCode::kInvalid, "\"" + ip + "\" is not an IP address");
    }
  }
  if (names.dns.empty() && names.ips.empty()) {
    return Fail(ErrorCode::kInvalid, "a certificate needs at least one name or address");
  }
  return all;
}

Result<std::string> Pem(const X509& certificate) {
  const BioHandle out(BIO_new(BIO_s_mem()));
  if (!out || PEM_write_bio_X509(out.get(), &certificate) != 1) return Failed("no PEM");
  return TextIn(*out);
}

Result<std::string> Pem(const EVP_PKEY& key) {
  const BioHandle out(BIO_new(BIO_s_secmem()));
  if (!out ||
      PEM_write_bio_PKCS8PrivateKey(out.get(), &key, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return Failed("no PEM");
  }
  return TextIn(*out);
}

std::string CommonName(const ServerNames& names) {
  const auto& first = names.dns.empty() ? names.ips.front() : names.dns.front();
  return first.size() <= kLongestCommonName ? first : "railhook";
}

}  // namespace

Authority::Authority(X509Handle certificate, KeyHandle key)
    : certificate_(std::move(certificate)), key_(std::move(key)) {}

Result<Authority> Authority::Make(std::time_t now) {
  auto key = TRY(MakeKey());
  auto certificate = TRY(Begin("railhook CA", key.get(), now, kAuthorityLife));
  X509* self = certificate.get();
  if (X509_set_issuer_name(self, X509_get_subject_name(self)) != 1 ||
      !AddExtension(self, self, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") ||
      !AddExtension(self, self, NID_key_usage, "critical,keyCertSign,cRLSign") ||
      !AddExtension(self, self, NID_subject_key_identifier, "hash") ||
      X509_sign(self, key.get(), EVP_sha256()) == 0) {
    return Failed("can't sign a CA");
  }
  return Authority(std::move(certificate), std::move(key));
}

Result<std::string> Authority::KeyPem() const { return Pem(*key_); }

Result<Certificate> Authority::Sign(const ServerNames& names, std::time_t now) const {
  const auto alternatives = TRY(AlternativeNames(names));
  const auto key = TRY(MakeKey());
  const auto leaf = TRY(Begin(CommonName(names), key.get(), now, kLeafLife));
  X509* issuer = certificate_.get();
  if (X509_set_issuer_name(leaf.get(), X509_get_subject_name(issuer)) != 1 ||
      !AddExtension(leaf.get(), issuer, NID_basic_constraints, "critical,CA:FALSE") ||
      !AddExtension(leaf.get(), issuer, NID_key_usage, "critical,digitalSignature") ||
      !AddExtension(leaf.get(), issuer, NID_ext_key_usage, "serverAuth") ||
      !AddExtension(leaf.get(), issuer, NID_subject_key_identifier, "hash") ||
      !AddExtension(leaf.get(), issuer, NID_authority_key_identifier, "keyid:always") ||
      X509_add1_ext_i2d(leaf.get(), NID_subject_alt_name, alternatives.get(), 0, 0) != 1 ||
      X509_sign(leaf.get(), key_.get(), EVP_sha256()) == 0) {
    return Failed("can't sign a certificate");
  }
  auto chain_pem = TRY(Pem(*leaf));
  auto key_pem = TRY(Pem(*key));
  auto ca_pem = TRY(Pem(*certificate_));
  return Certificate{.chain_pem = std::move(chain_pem),
                     .key_pem = std::move(key_pem),
                     .ca_pem = std::move(ca_pem),
                     .not_after = now + kLeafLife};
}

}  // namespace railhook

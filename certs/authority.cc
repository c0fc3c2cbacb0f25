#include "certs/authority.h"

#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace railhook {
namespace {

constexpr std::string_view kAuthorityName = "railhook CA";
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

bool SetTimes(X509* certificate, std::time_t now, std::time_t ends) {
  return ASN1_TIME_set(X509_getm_notBefore(certificate), now - kBackdated.count()) &&
         ASN1_TIME_set(X509_getm_notAfter(certificate), ends);
}

// All but issuer, extensions and signature.
Result<X509Handle> Begin(const std::string& common_name, EVP_PKEY* key, std::time_t now,
                         std::time_t ends) {
  X509Handle certificate(X509_new());
  if (!certificate || X509_set_version(certificate.get(), X509_VERSION_3) != 1 ||
      !SetRandomSerial(certificate.get()) || !SetTimes(certificate.get(), now, ends) ||
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

std::string CommonName(const ServerNames& names) {
  const auto& first = names.dns.empty() ? names.ips.front() : names.dns.front();
  return first.size() <= kLongestCommonName ? first : "railhook";
}

}  // namespace

bool IsRailhookCa(const X509& certificate) {
  char name[kLongestCommonName + 1] = "";
  X509_NAME_get_text_by_NID(X509_get_subject_name(&certificate), NID_commonName, name, sizeof name);
  return name == kAuthorityName;
}

Authority::Authority(X509Handle certificate, KeyHandle key)
    : certificate_(std::move(certificate)), key_(std::move(key)) {}

Result<Authority> Authority::Make(std::time_t now, std::chrono::seconds life) {
  auto key = TRY(MakeKey());
  auto certificate = TRY(Begin(std::string(kAuthorityName), key.get(), now, now + life.count()));
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

Result<Authority> Authority::Load(std::string_view ca_pem, std::string_view key_pem) {
  auto key = TRY(ParsePrivateKey(key_pem));
  for (auto& certificate : TRY(ParseCertificates(ca_pem))) {
    if (!IsRailhookCa(*certificate)) continue;
    if (X509_check_private_key(certificate.get(), key.get()) == 1)
      return Authority(std::move(certificate), std::move(key));
  }
  (void)OpenSslError("");
  return Fail(ErrorCode::kInvalid, "no CA of railhook's has this key");
}

Result<std::string> Authority::Pem() const { return PemOf(*certificate_); }

Result<std::string> Authority::KeyPem() const { return PemOf(*key_); }

bool Authority::HasSigned(const X509& certificate) const {
  const bool signed_here = X509_verify(const_cast<X509*>(&certificate), key_.get()) == 1;
  (void)OpenSslError("");
  return signed_here;
}

Result<Certificate> Authority::Sign(const ServerNames& names, std::time_t now,
                                    std::chrono::seconds life) const {
  const std::time_t own_end = TRY(TermOf(*certificate_)).ends;
  if (own_end <= now)
    return Fail(ErrorCode::kInvalid, "the CA has expired on " + TimeText(own_end));
  const std::time_t ends = std::min(own_end, now + life.count());
  const auto alternatives = TRY(AlternativeNames(names));
  const auto key = TRY(MakeKey());
  const auto leaf = TRY(Begin(CommonName(names), key.get(), now, ends));
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
  auto chain_pem = TRY(PemOf(*leaf));
  auto key_pem = TRY(PemOf(*key));
  auto ca_pem = TRY(Pem());
  return Certificate{.chain_pem = std::move(chain_pem),
                     .key_pem = std::move(key_pem),
                     .ca_pem = std::move(ca_pem),
                     .not_after = ends};
}

}  // namespace railhook

#include "certs/certificate_secret.h"

#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <memory>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/text.h"
#include "certs/authority.h"
#include "certs/key_pair.h"
#include "k8sclient/object.h"
#include "tls/base64.h"
#include "tls/openssl.h"

namespace railhook {
namespace {

using X509Chain = std::vector<X509Handle>;

struct FreeVerification {
  void operator()(X509_STORE_CTX* context) const { X509_STORE_CTX_free(context); }
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};
using VerificationHandle = std::unique_ptr<X509_STORE_CTX, FreeVerification>;
using StackHandle = std::unique_ptr<STACK_OF(X509), FreeVerification>;  // doesn't own what it holds

Result<std::string> ReadKey(const Json& secret, const std::string& key) {
  const Json* data = Member(&secret, "data");
  const std::string text = TextMember(data, key);
  if (text.empty()) return Fail(ErrorCode::kInvalid, key + " is missing");
  auto decoded = DecodeBase64(text);
  if (!decoded) return Fail(key, decoded.error());
  return decoded;
}

Result<> CheckName(const X509Chain& chain, const ServerNames& names) {
  if (names.dns.empty()) return {};
  const std::string& name = names.dns.front();
  if (X509_check_host(chain.front().get(), name.data(), name.size(), 0, nullptr) == 1) return {};
  return Fail(ErrorCode::kInvalid, "tls.crt is not for " + Quoted(name));
}

// Who made the certificate may have a clock that is ahead of ours.
int AllowNotYetValid(int valid, X509_STORE_CTX* context) {
  return valid == 1 || X509_STORE_CTX_get_error(context) == X509_V_ERR_CERT_NOT_YET_VALID;
}

// ca.crt may hold an intermediate CA without its own issuer.
Result<> CheckIssuer(const X509Chain& chain, const X509Chain& authorities, std::time_t now) {
  const StoreHandle trusted(X509_STORE_new());
  const StackHandle between(sk_X509_new_null());
  const VerificationHandle context(X509_STORE_CTX_new());
  bool ready = trusted && between && context;
  for (const auto& authority : authorities)
    ready = ready && X509_STORE_add_cert(trusted.get(), authority.get()) == 1;
  for (const auto& certificate : chain)
    ready = ready && sk_X509_push(between.get(), certificate.get()) > 0;
  if (!ready ||
      X509_STORE_CTX_init(context.get(), trusted.get(), chain.front().get(), between.get()) != 1) {
    return Fail(ErrorCode::kUnavailable, OpenSslError("can't verify tls.crt"));
  }
  X509_STORE_CTX_set_flags(context.get(), X509_V_FLAG_PARTIAL_CHAIN);
  X509_STORE_CTX_set_time(context.get(), 0, now);
  X509_STORE_CTX_set_verify_cb(context.get(), AllowNotYetValid);
  if (X509_verify_cert(context.get()) == 1) return {};
  (void)OpenSslError("");
  const int reason = X509_STORE_CTX_get_error(context.get());
  return Fail(ErrorCode::kInvalid,
              std::string("tls.crt doesn't lead to any certificate in ca.crt: ") +
                  X509_verify_cert_error_string(reason) +
                  "; put the issuer there, and those between them in tls.crt");
}

}  // namespace

Result<Json> MakeCertificateSecret(const std::string& name, const ServerNames& names,
                                   std::time_t now, const Lifetimes& lifetimes) {
  const Authority authority = TRY(Authority::Make(now, lifetimes.ca));
  const Certificate certificate = TRY(authority.Sign(names, now, lifetimes.leaf));
  const std::string authority_key = TRY(authority.KeyPem());
  return Json{{"apiVersion", "v1"},
              {"kind", "Secret"},
              {"type", "kubernetes.io/tls"},
              {"metadata", {{"name", name}}},
              {"data",
               {{"tls.crt", EncodeBase64(certificate.chain_pem)},
                {"tls.key", EncodeBase64(certificate.key_pem)},
                {"ca.crt", EncodeBase64(certificate.ca_pem)},
                {"ca.key", EncodeBase64(authority_key)}}}};
}

Result<Certificate> ReadCertificateSecret(const Json& secret, const ServerNames& names,
                                          std::time_t now) {
  auto chain = TRY(ReadKey(secret, "tls.crt"));
  auto key = TRY(ReadKey(secret, "tls.key"));
  auto authority = TRY(ReadKey(secret, "ca.crt"));
  auto certificate = TRY(CheckKeyPair(std::move(chain), std::move(key), std::move(authority), now));
  const auto certificates = TRY(ParseCertificates(certificate.chain_pem));
  const auto authorities = TRY(ParseCertificates(certificate.ca_pem));
  TRY(CheckName(certificates, names));
  TRY(CheckIssuer(certificates, authorities, now));
  return certificate;
}

}  // namespace railhook

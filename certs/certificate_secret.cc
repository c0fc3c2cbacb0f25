#include "certs/certificate_secret.h"

#include <openssl/x509v3.h>

#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "certs/authority.h"
#include "certs/key_pair.h"
#include "k8sclient/object.h"
#include "tls/base64.h"
#include "tls/openssl.h"

namespace railhook {
namespace {

Result<std::string> ReadKey(const Json& secret, const std::string& key) {
  const Json* data = Member(&secret, "data");
  const std::string text = TextMember(data, key);
  if (text.empty()) return Fail(ErrorCode::kInvalid, key + " is missing");
  auto decoded = DecodeBase64(text);
  if (!decoded) return Fail(key, decoded.error());
  return decoded;
}

Result<> CheckNames(const std::string& chain_pem, const ServerNames& names) {
  const auto chain = TRY(ParseCertificates(chain_pem));
  for (const std::string& name : names.dns) {
    if (X509_check_host(chain.front().get(), name.data(), name.size(), 0, nullptr) == 1) continue;
    return Fail(ErrorCode::kInvalid, "tls.crt is not for " + Quoted(name));
  }
  return {};
}

Result<> CheckIssuer(const Certificate& certificate) {
  const auto chain = TRY(ParseCertificates(certificate.chain_pem));
  for (const auto& authority : TRY(ParseCertificates(certificate.ca_pem))) {
    if (X509_verify(chain.front().get(), X509_get0_pubkey(authority.get())) == 1) return {};
  }
  (void)OpenSslError("");
  return Fail(ErrorCode::kInvalid, "tls.crt was not signed by any certificate in ca.crt");
}

}  // namespace

Result<Json> MakeCertificateSecret(const std::string& name, const ServerNames& names,
                                   std::time_t now) {
  const Authority authority = TRY(Authority::Make(now));
  const Certificate certificate = TRY(authority.Sign(names, now));
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
  TRY(CheckNames(certificate.chain_pem, names));
  TRY(CheckIssuer(certificate));
  return certificate;
}

}  // namespace railhook

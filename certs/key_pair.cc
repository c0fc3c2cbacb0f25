#include "certs/key_pair.h"

#include <openssl/x509.h>

#include <utility>

#include "certs/lifetimes.h"
#include "tls/openssl.h"

namespace railhook {
namespace {

template <typename T>
Result<T> In(std::string_view file, Result<T> result) {
  if (!result) return Fail(file, result.error());
  return result;
}

Result<> CheckMatch(const X509& leaf, const EVP_PKEY& key) {
  if (X509_check_private_key(&leaf, &key) == 1) return {};
  (void)OpenSslError("");
  return Fail(
      ErrorCode::kInvalid,
      "tls.key is not the key of the first certificate in tls.crt; put both from one issue there");
}

}  // namespace

Result<Certificate> CheckKeyPair(std::string chain_pem, std::string key_pem, std::string ca_pem,
                                 std::time_t now) {
  const auto chain = TRY(In("tls.crt", ParseCertificates(chain_pem)));
  const auto key = TRY(In("tls.key", ParsePrivateKey(key_pem)));
  if (!ca_pem.empty()) TRY(In("ca.crt", ParseCertificates(ca_pem)));
  TRY(CheckMatch(*chain.front(), *key));
  const auto not_after = TRY(In("tls.crt", TermOf(*chain.front()))).ends;
  if (not_after <= now) {
    return Fail(ErrorCode::kInvalid,
                "tls.crt has expired on " + TimeText(not_after) + "; renew it");
  }
  return Certificate{.chain_pem = std::move(chain_pem),
                     .key_pem = std::move(key_pem),
                     .ca_pem = std::move(ca_pem),
                     .not_after = not_after};
}

}  // namespace railhook

#include "certs/ca_end.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "tls/openssl.h"

namespace railhook {
namespace {

std::time_t EndOf(const X509& certificate) {
  std::tm end{};
  ASN1_TIME_to_tm(X509_get0_notAfter(&certificate), &end);
  return ::timegm(&end);
}

bool Issued(X509& authority, X509& certificate) {
  return X509_check_issued(&authority, &certificate) == X509_V_OK;
}

}  // namespace

std::optional<std::time_t> CaEnd(const Certificate& certificate) {
  const auto chain = ParseCertificates(certificate.chain_pem);
  const auto authorities = ParseCertificates(certificate.ca_pem);
  if (!chain || !authorities) return std::nullopt;
  std::optional<std::time_t> end;
  for (const X509Handle& authority : *authorities) {
    if (Issued(*authority, *chain->back())) end = std::max(end.value_or(0), EndOf(*authority));
  }
  ERR_clear_error();
  return end;
}

}  // namespace railhook

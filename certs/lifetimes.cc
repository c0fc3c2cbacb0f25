#include "certs/lifetimes.h"

#include <openssl/asn1.h>
#include <openssl/x509.h>

#include <algorithm>

#include "tls/openssl.h"

namespace railhook {
namespace {

Result<std::time_t> Read(const ASN1_TIME* time) {
  std::tm utc{};
  if (ASN1_TIME_to_tm(time, &utc) != 1)
    return Fail(ErrorCode::kInvalid, OpenSslError("its time of expiry can't be read"));
  return ::timegm(&utc);
}

double LotOf(const ASN1_INTEGER& serial) {
  const int size = ASN1_STRING_length(&serial);
  if (size == 0) return 0;
  return ASN1_STRING_get0_data(&serial)[size - 1] / 256.0;
}

}  // namespace

Result<Term> TermOf(const X509& certificate) {
  const auto from = TRY(Read(X509_get0_notBefore(&certificate)));
  const auto to = TRY(Read(X509_get0_notAfter(&certificate)));
  return Term{from, to, LotOf(*X509_get0_serialNumber(&certificate))};
}

bool IsDue(const Term& term, std::chrono::seconds wanted, std::time_t now) {
  const std::time_t made = term.valid_from + kBackdated.count();
  const auto life = static_cast<double>(std::min<std::time_t>(term.ends - made, wanted.count()));
  const double age = static_cast<double>(now - made);
  return age >= life * (2.0 / 3 - term.lot / 20) || now < term.valid_from;
}

bool EndsSoon(const Term& term, std::chrono::seconds backdated, std::time_t now) {
  const std::time_t life = term.ends - term.valid_from - backdated.count();
  return term.ends - now < life / 5;
}

std::string TimeText(std::time_t time) {
  std::tm utc{};
  gmtime_r(&time, &utc);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &utc)};
}

}  // namespace railhook

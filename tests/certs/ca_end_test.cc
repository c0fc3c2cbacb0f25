#include "certs/ca_end.h"

#include <doctest/doctest.h>

#include "certs/authority.h"
#include "certs/directory_source.h"

namespace railhook {
namespace {

constexpr std::time_t kNow = 1'800'000'000;
constexpr std::time_t kDay = 24 * 3600;

Certificate MadeAt(std::time_t now) {
  return *Authority::Make(now)->Sign({{"railhook.svc"}, {}}, now);
}

TEST_CASE("the CA that signed counts") {
  const Certificate certificate = MadeAt(kNow);
  REQUIRE(CaEnd(certificate));
  CHECK(*CaEnd(certificate) > certificate.not_after);
  CHECK(*CaEnd(certificate) - *CaEnd(MadeAt(kNow - 10 * kDay)) == 10 * kDay);
}

TEST_CASE("where several CAs could have signed, the last one to end counts") {
  Certificate certificate = MadeAt(kNow);
  const auto own = CaEnd(certificate);
  const Certificate later = MadeAt(kNow + kDay);
  const Certificate earlier = MadeAt(kNow - kDay);
  certificate.ca_pem = earlier.ca_pem + certificate.ca_pem;
  CHECK(CaEnd(certificate) == own);
  certificate.ca_pem = later.ca_pem + certificate.ca_pem;
  CHECK(CaEnd(certificate) >= own);
}

TEST_CASE("without a CA there is no end") {
  Certificate certificate = MadeAt(kNow);
  certificate.ca_pem.clear();
  CHECK_FALSE(CaEnd(certificate));
  certificate.ca_pem = "no PEM";
  CHECK_FALSE(CaEnd(certificate));
  CHECK_FALSE(CaEnd(Certificate()));
}

}  // namespace
}  // namespace railhook

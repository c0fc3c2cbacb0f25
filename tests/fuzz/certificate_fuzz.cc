// Certificates that somebody else made: the input is one in DER, or a text that should be PEM.

#include <openssl/evp.h>

#include <string>

#include "certs/key_pair.h"
#include "tests/fuzz/fuzz.h"
#include "tls/openssl.h"

namespace railhook {
namespace {

std::string AsPem(std::string_view der) {
  std::string base64(der.size() / 3 * 4 + 5, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(base64.data()),
                                   reinterpret_cast<const unsigned char*>(der.data()),
                                   static_cast<int>(der.size()));
  base64.resize(static_cast<std::size_t>(size));
  std::string pem = "-----BEGIN CERTIFICATE-----\n";
  for (std::size_t i = 0; i < base64.size(); i += 64) pem += base64.substr(i, 64) + '\n';
  return pem + "-----END CERTIFICATE-----\n";
}

void FuzzPem(const std::string& pem) {
  const auto certificates = ParseCertificates(pem);
  Expect(!certificates || !certificates->empty(), "a chain has a certificate");
  Expect(certificates || !certificates.error().message.empty(), "a refusal says why");
  const auto pair = CheckKeyPair(pem, pem, pem, 1'700'000'000);
  Expect(pair || pair.error().code == ErrorCode::kInvalid, "a key pair is good or invalid");
}

}  // namespace
}  // namespace railhook

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace railhook;
  FuzzPem(std::string(AsText(data, size)));
  FuzzPem(AsPem(AsText(data, size)));
  return 0;
}

#pragma once
// Whether a certificate and a key can be served together.

#include <ctime>
#include <string>

#include "base/result.h"
#include "certs/certificate_source.h"

namespace railhook {

// The files' texts as a Certificate, if a server can use them at `now`: all of it PEM, the key
// belongs to the first certificate, which has not expired. `ca_pem` may be empty. kInvalid calls
// the part that is wrong tls.crt, tls.key or ca.crt.
Result<Certificate> CheckKeyPair(std::string chain_pem, std::string key_pem, std::string ca_pem,
                                 std::time_t now);

}  // namespace railhook

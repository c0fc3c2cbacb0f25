#pragma once
// The certificate as a Secret of type kubernetes.io/tls: tls.crt, tls.key, ca.crt, which may hold
// several CAs, and the key of the one that signed tls.crt in ca.key.

#include <ctime>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/result.h"
#include "certs/certificate_source.h"
#include "certs/lifetimes.h"
#include "certs/server_names.h"

namespace railhook {

// A Secret called `name` with a new CA and a certificate for `names`.
Result<nlohmann::json> MakeCertificateSecret(const std::string& name, const ServerNames& names,
                                             std::time_t now, const Lifetimes& lifetimes = {});

// What the Secret holds, if a server can use it at `now`: a key pair for the first of `names.dns`,
// which is all that API servers call it by, and certificates in tls.crt that lead from there to one
// in ca.crt. kInvalid names the key of the Secret and what is wrong there.
Result<Certificate> ReadCertificateSecret(const nlohmann::json& secret, const ServerNames& names,
                                          std::time_t now);

}  // namespace railhook

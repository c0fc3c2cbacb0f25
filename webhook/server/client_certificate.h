#pragma once
// Certificates that clients show in a handshake.

#include <openssl/types.h>

#include <memory>
#include <string>

#include "base/result.h"
#include "webhook/server/tls_policy.h"

namespace railhook {

// Lets handshakes of `context` succeed only with a client certificate that `policy` accepts; does
// nothing where it asks for none. kInvalid where its CA can't be read.
Result<> DemandClientCertificate(SSL_CTX* context, std::shared_ptr<const TlsPolicy> policy);

// Why the handshake of `ssl` has just failed over the client's certificate; "" where that was not
// the reason. Looks at the thread's OpenSSL error queue and leaves it.
std::string ClientCertificateFault(const SSL* ssl);

}  // namespace railhook

#pragma once
// OpenSSL's settings for serving one certificate by one policy, made anew when either changes.

#include <openssl/types.h>

#include <memory>

#include "base/result.h"
#include "certs/certificate_source.h"
#include "webhook/server/tls_policy.h"

namespace railhook {

struct FreeTlsContext {
  void operator()(SSL_CTX* context) const;
};
using TlsContext = std::unique_ptr<SSL_CTX, FreeTlsContext>;

// HTTP/1.1 only (RFC 7301), no session tickets, buffers given back while idle.
Result<TlsContext> MakeTlsContext(const Certificate& certificate,
                                  const std::shared_ptr<const TlsPolicy>& policy);

// Used by one thread.
class TlsContextCache {
 public:
  TlsContextCache(CertificateSource& certificates, TlsPolicySource policies);

  // For the next handshake. Good until the next call; an SSL made from it holds on to what it
  // needs.
  Result<SSL_CTX*> Current();

 private:
  CertificateSource& certificates_;
  const TlsPolicySource policies_;
  std::shared_ptr<const Certificate> certificate_;
  std::shared_ptr<const TlsPolicy> policy_;
  TlsContext context_;
};

}  // namespace railhook

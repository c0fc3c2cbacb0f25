#pragma once
// OpenSSL's settings for serving one certificate, made anew when the source hands out another one.

#include <openssl/types.h>

#include <memory>

#include "base/result.h"
#include "certs/certificate_source.h"

namespace railhook {

struct FreeTlsContext {
  void operator()(SSL_CTX* context) const;
};
using TlsContext = std::unique_ptr<SSL_CTX, FreeTlsContext>;

// TLS 1.3 and 1.2, HTTP/1.1 only (RFC 7301), no session tickets, buffers given back while idle.
Result<TlsContext> MakeTlsContext(const Certificate& certificate);

// Used by one thread.
class TlsContextCache {
 public:
  explicit TlsContextCache(CertificateSource& source) : source_(source) {}

  // For the next handshake. Good until the next call; an SSL made from it holds on to what it
  // needs.
  Result<SSL_CTX*> Current();

 private:
  CertificateSource& source_;
  std::shared_ptr<const Certificate> certificate_;
  TlsContext context_;
};

}  // namespace railhook

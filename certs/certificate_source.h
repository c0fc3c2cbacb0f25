#pragma once
// The serving certificate, and who hands it out.

#include <memory>
#include <string>

#include "base/result.h"

namespace railhook {

// A key pair as PEM. Immutable once handed out.
struct Certificate {
  std::string chain_pem;  // the leaf first
  std::string key_pem;
  std::string ca_pem;  // what a client has to trust; may be empty
  long not_after = 0;  // of the leaf, seconds since 1970
};

// Hands out the certificate to serve TLS with. Callers ask again for every handshake, so a renewed
// certificate is picked up without a restart; an unchanged one is the same pointer. Safe to use
// from any thread; Current() does not block on I/O.
class CertificateSource {
 public:
  virtual ~CertificateSource() = default;

  // The newest usable certificate; kUnavailable until the first one is loaded.
  virtual Result<std::shared_ptr<const Certificate>> Current() = 0;

  // What isn't as it should be, for people; "" where all is well.
  virtual std::string trouble() const { return ""; }
};

}  // namespace railhook

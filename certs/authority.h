#pragma once
// A certificate authority of our own.

#include <ctime>
#include <string>

#include "base/result.h"
#include "certs/certificate_source.h"
#include "certs/directory_source.h"
#include "tls/openssl.h"

namespace railhook {

class Authority {
 public:
  // Good for a year from `now`. ECDSA P-256.
  static Result<Authority> Make(std::time_t now);

  // Its private key, for who keeps it to sign again. A secret.
  Result<std::string> KeyPem() const;

  // A certificate for a server with these names and a fresh key, good for 90 days from `now`.
  // kInvalid names what is neither a DNS name nor an address.
  Result<Certificate> Sign(const ServerNames& names, std::time_t now) const;

 private:
  Authority(X509Handle certificate, KeyHandle key);

  X509Handle certificate_;
  KeyHandle key_;
};

}  // namespace railhook

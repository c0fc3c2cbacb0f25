#pragma once
// A certificate authority of our own.

#include <chrono>
#include <ctime>
#include <string>
#include <string_view>

#include "base/result.h"
#include "certs/certificate_source.h"
#include "certs/lifetimes.h"
#include "certs/server_names.h"
#include "tls/openssl.h"

namespace railhook {

// Whether Authority::Make made it, going by its name.
bool IsRailhookCa(const X509& certificate);

class Authority {
 public:
  // Good for `life` from `now`. ECDSA P-256.
  static Result<Authority> Make(std::time_t now, std::chrono::seconds life = Lifetimes{}.ca);

  // The one made here, of all certificates in `ca_pem`, that has this key. kInvalid where none has.
  static Result<Authority> Load(std::string_view ca_pem, std::string_view key_pem);

  const X509& certificate() const { return *certificate_; }
  Result<std::string> Pem() const;

  // Its private key, for who keeps it to sign again. A secret.
  Result<std::string> KeyPem() const;

  bool HasSigned(const X509& certificate) const;

  // A certificate for a server with these names and a fresh key, good for `life` from `now`, but no
  // longer than the authority. kInvalid names what is neither a DNS name nor an address, or says
  // that the authority has expired.
  Result<Certificate> Sign(const ServerNames& names, std::time_t now,
                           std::chrono::seconds life = Lifetimes{}.leaf) const;

 private:
  Authority(X509Handle certificate, KeyHandle key);

  X509Handle certificate_;
  KeyHandle key_;
};

}  // namespace railhook

#pragma once
// What a TLS client trusts, and what it shows of itself.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tls/openssl.h"

namespace railhook {

// The authorities of `ca_pem`; where that is "", those that the system trusts.
Result<StoreHandle> MakeTrust(std::string_view ca_pem);

struct ClientCertificate {
  std::vector<X509Handle> chain;  // the client's own first
  KeyHandle key;
};

// kInvalid where one of them is broken or the key belongs to another certificate.
Result<ClientCertificate> ParseClientCertificate(std::string_view chain_pem,
                                                 std::string_view key_pem);

// The client's side of connections to one server, for one SSL_CTX that it must outlive.
class ClientTls {
 public:
  // Without `trust` any server will do. `name` is the DNS name or address that the server's
  // certificate must have as a subjectAltName.
  ClientTls(std::string name, std::shared_ptr<X509_STORE> trust,
            std::shared_ptr<const ClientCertificate> certificate);

  // TLS 1.2 at least, verification during the handshake, the name as SNI, the certificate.
  Result<> SetUp(SSL_CTX& context);

  // Whether a handshake has begun.
  bool HasGreeted() const { return greeted_; }

  // Why the last server was refused; "" if it wasn't.
  std::string Refusal() const;

 private:
  static int Verify(int ok, X509_STORE_CTX* check);
  static void Hear(const SSL* ssl, int event, int value);
  static void Greet(const SSL* ssl);
  Result<> Demand(SSL_CTX& context);
  Result<> Present(SSL_CTX& context) const;

  const std::string name_;
  const std::shared_ptr<X509_STORE> trust_;
  const std::shared_ptr<const ClientCertificate> certificate_;
  bool greeted_ = false;
  int refusal_;
  std::string presented_;  // the names in the certificate that was refused
};

}  // namespace railhook

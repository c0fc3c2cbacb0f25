#pragma once
// What a server demands of its clients in a handshake.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace railhook {

enum class TlsVersion { kTls12, kTls13 };

// Immutable once handed out.
struct TlsPolicy {
  TlsVersion min = TlsVersion::kTls13;

  // Certificates in PEM form, each of them trusted as an end of a chain. Clients must show a
  // certificate for TLS clients that one of these vouches for; empty: no certificate is asked for.
  std::string client_ca_pem = {};

  // The client's common name, or one of its DNS names, must be one of these, to the letter; empty:
  // any will do.
  std::vector<std::string> client_names = {};
};

// Asked at every handshake, by several threads at once; must not block. An unchanged policy is the
// same pointer; another one holds for later handshakes, not for connections that are open. An empty
// function stands for TlsPolicy{}.
using TlsPolicySource = std::function<std::shared_ptr<const TlsPolicy>()>;

// kInvalid where a server can't follow the policy: while it is handed out all clients are refused.
Result<> Check(const TlsPolicy& policy);

}  // namespace railhook

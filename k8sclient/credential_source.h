#pragma once
// Who a client is at the moment: tokens rotate, certificates are renewed, plugins hand out new
// credentials.

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>

#include "base/result.h"
#include "k8sclient/client_tls.h"
#include "k8sclient/cluster_config.h"

namespace railhook {

struct Identity {
  std::string authorization;                             // the value of that header; "": none
  std::shared_ptr<const ClientCertificate> certificate;  // null: none; the same pointer as long as
                                                         // it is the same certificate
};

// Safe to use from any thread. Nothing of it appears in an error or in the log.
class CredentialSource {
 public:
  virtual ~CredentialSource() = default;

  // What to show now. kUnauthorized where there is nothing to show: a plugin that fails.
  virtual Result<Identity> Current(std::stop_token stop) = 0;

  // The server has refused `identity`. Whether Current() may have another one to try.
  virtual bool Refused(const Identity& identity) = 0;
};

// Files are watched; what they hold is read at once. kInvalid where something in `cluster` can't be
// used, kNotFound where a file is missing. A plugin runs when Current() is asked for the first time
// and when its credentials have expired or were refused, for `plugin_timeout` at most; meanwhile
// other callers wait.
Result<std::unique_ptr<CredentialSource>> MakeCredentialSource(
    const ClusterConfig& cluster, std::chrono::milliseconds plugin_timeout);

}  // namespace railhook

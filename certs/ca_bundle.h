#pragma once
// The caBundle of a webhook configuration, by which API servers trust the serving certificate.

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "certs/certificate_source.h"
#include "k8sclient/lease.h"
#include "k8sclient/transport.h"

namespace railhook {

// The JSON patch (RFC 6902) that gives each entry of `configuration` (a
// MutatingWebhookConfiguration) `ca_pem` as caBundle; an empty list where all have it. It tests the
// entries' names, so that it fails rather than hit another entry of a list that has changed.
nlohmann::json CaBundlePatch(const nlohmann::json& configuration, const std::string& ca_pem);

// Keeps the caBundle of a MutatingWebhookConfiguration equal to the certificate's CA while this
// replica leads. Needs list, watch and patch of the configuration.
class CaBundleKeeper {
 public:
  // Starts. The references must outlive it.
  CaBundleKeeper(Transport& transport, std::string configuration, CertificateSource& certificates,
                 const LeaderElector& leader);
  ~CaBundleKeeper();

  // Whether each entry of the configuration, as it was last read back, has `ca_pem` as caBundle;
  // true where there is no configuration, false while it isn't known. Safe to call from any thread.
  bool HasPublished(const std::string& ca_pem) const;

  // What goes wrong; "" where all is well. Safe to call from any thread.
  std::string trouble() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace railhook

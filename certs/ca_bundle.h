#pragma once
// The caBundles of webhook configurations, by which API servers trust the serving certificate.

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "certs/certificate_source.h"
#include "k8sclient/lease.h"
#include "k8sclient/transport.h"

namespace railhook {

// The JSON patch (RFC 6902) that gives each entry of `configuration` (a
// MutatingWebhookConfiguration or a ValidatingWebhookConfiguration) `ca_pem` as caBundle; an empty
// list where all have it. It tests the entries' names, so that it fails rather than hit another
// entry of a list that has changed.
nlohmann::json CaBundlePatch(const nlohmann::json& configuration, const std::string& ca_pem);

// Keeps the caBundles of the MutatingWebhookConfiguration and the ValidatingWebhookConfiguration of
// one name equal to the certificate's CA while this replica leads. Either may be missing, or come
// and go. Needs list, watch and patch of both.
class CaBundleKeeper {
 public:
  // Starts. The references must outlive it.
  CaBundleKeeper(Transport& transport, const std::string& name, CertificateSource& certificates,
                 const LeaderElector& leader);
  ~CaBundleKeeper();

  // Whether each entry of both configurations, as they were last read back, has `ca_pem` as
  // caBundle. One that doesn't exist needs none; false while either isn't known. Safe to call from
  // any thread.
  bool HasPublished(const std::string& ca_pem) const;

  // What goes wrong; "" where all is well. Safe to call from any thread.
  std::string trouble() const;

 private:
  struct Kept;
  std::vector<std::unique_ptr<Kept>> kept_;
};

}  // namespace railhook

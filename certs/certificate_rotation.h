#pragma once
// Renews the certificate in the Secret, and its CA, in time.

#include <chrono>
#include <memory>
#include <string>

#include "certs/ca_bundle.h"
#include "certs/lifetimes.h"
#include "certs/rotation_step.h"
#include "certs/secret_source.h"
#include "k8sclient/lease.h"
#include "k8sclient/transport.h"

namespace railhook {

struct RotationTimes {
  std::chrono::milliseconds look{1'000};  // between two looks at what is to be done
  std::chrono::milliseconds retry{
      5'000};  // after a step that failed, or that the watch didn't tell
  RotationPauses pauses;
};

// Takes one step after another (see rotation_step.h) on a thread of its own, while this replica
// leads. A Secret that somebody else has changed meanwhile is not overwritten. Needs update of the
// Secret.
class CertificateRotation {
 public:
  // Starts. The references must outlive it; `name_space` is the Secret's.
  CertificateRotation(Transport& transport, std::string name_space, const SecretSource& source,
                      const CaBundleKeeper& bundle, const LeaderElector& leader,
                      LifetimesSource lifetimes, RotationTimes times = {});
  ~CertificateRotation();

  // Why a step can't be taken, or what ends soon, on every replica; "" where all is well. Safe to
  // call from any thread.
  std::string trouble() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace railhook

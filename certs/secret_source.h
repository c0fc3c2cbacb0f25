#pragma once
// The certificate that all replicas share, kept in a Secret.

#include <chrono>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "certs/certificate_source.h"
#include "certs/lifetimes.h"
#include "certs/server_names.h"
#include "k8sclient/transport.h"

namespace railhook {

struct SecretTimes {
  std::chrono::milliseconds look{60'000};        // between two looks whether it can still be used
  std::chrono::milliseconds retry{1'000};        // after a failure to write
  std::chrono::milliseconds first_pause{1'000};  // after writing; doubled by each further time
  std::chrono::milliseconds longest_pause{60'000};
  std::chrono::milliseconds peace{300'000};  // without writing, after which it is the first again
};

// Watches the Secret. Where there is none, makes a CA and a certificate and creates it; of replicas
// that do so at once one wins, and all use what it made. Where the Secret is deleted or can't be
// used any more, the last good certificate stays in use and is written back; where there is none
// yet, or it has expired too, a new one takes the place of what can't be used: of the same CA where
// its key is there and it is still good. What can be used is left alone here; see
// CertificateRotation. Where somebody else spoils the Secret again and again, the pauses between
// two mends grow. Needs list, watch and update of the Secret, and create of Secrets.
class SecretSource : public CertificateSource {
 public:
  // Starts. `transport` must outlive it.
  SecretSource(Transport& transport, std::string name_space, std::string name, ServerNames names,
               LifetimesSource lifetimes, SecretTimes times = {});
  ~SecretSource() override;

  Result<std::shared_ptr<const Certificate>> Current() override;

  // The Secret that Current() is from; null while it is missing or can't be used. An unchanged one
  // is the same pointer. Safe to call from any thread.
  std::shared_ptr<const nlohmann::json> Secret() const;

  const ServerNames& names() const;

  // What is wrong with the Secret, or with reading or writing it.
  std::string trouble() const override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace railhook

#pragma once
// The certificate that all replicas share, kept in a Secret.

#include <memory>
#include <string>

#include "certs/certificate_source.h"
#include "certs/directory_source.h"
#include "k8sclient/transport.h"

namespace railhook {

// Watches the Secret. Where there is none, makes a CA and a certificate and creates it; of replicas
// that do so at once one wins, and all use what it made. Where the Secret is deleted or can't be
// used any more, the last good certificate stays in use and is written back; where there is none
// yet, a new one takes the place of what can't be used. Needs list, watch and update of the Secret,
// and create of Secrets.
class SecretSource : public CertificateSource {
 public:
  // Starts. `transport` must outlive it.
  SecretSource(Transport& transport, std::string name_space, std::string name, ServerNames names);
  ~SecretSource() override;

  Result<std::shared_ptr<const Certificate>> Current() override;

  // What is wrong with the Secret, or with reading or writing it; "" where all is well. Safe to
  // call from any thread.
  std::string trouble() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace railhook

#pragma once
// A certificate source on a directory with tls.crt, tls.key and ca.crt.

#include <filesystem>
#include <memory>

#include "certs/certificate_source.h"
#include "certs/server_names.h"

namespace railhook {

// Reads the three files and reads them again when they change (a Secret mounted by kubelet,
// cert-manager); the last good pair stays in use while what stands there can't be served, and the
// log says why. Where the directory has none of the files, makes a CA and a leaf (ECDSA P-256, the
// key file readable by its owner alone); where it has only tls.crt or only tls.key, or a pair that
// doesn't match or has expired, Open fails with kInvalid and names the file.
Result<std::unique_ptr<CertificateSource>> OpenCertificateDirectory(std::filesystem::path directory,
                                                                    const ServerNames& names);

// A certificate that lives in memory only, for a trial.
Result<std::unique_ptr<CertificateSource>> MakeThrowawayCertificate(const ServerNames& names);

}  // namespace railhook

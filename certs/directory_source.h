#pragma once
// A certificate source on a directory with tls.crt, tls.key and ca.crt.

#include <chrono>
#include <filesystem>
#include <memory>

#include "certs/certificate_source.h"
#include "certs/lifetimes.h"
#include "certs/server_names.h"

namespace railhook {

// Reads the three files and reads them again when they change (a Secret mounted by kubelet,
// cert-manager); the last good pair stays in use while what stands there can't be served, and the
// log says why. Where the directory has none of the files, makes a CA and a leaf (ECDSA P-256, the
// keys readable by their owner alone) and keeps the CA's key in ca.key; while that is there, the
// leaf is renewed, but not the CA, which clients trust by their own files. One process at a time
// may do so. Where the directory has only tls.crt or only tls.key, or a pair that doesn't match or
// has expired, Open fails with kInvalid and names the file. `look` is the time between two looks at
// what is to be renewed.
Result<std::unique_ptr<CertificateSource>> OpenCertificateDirectory(
    std::filesystem::path directory, ServerNames names,
    LifetimesSource lifetimes = [] { return Lifetimes{}; },
    std::chrono::milliseconds look = std::chrono::minutes(1));

// A certificate that lives in memory only, for a trial; another one, of another CA, when it is due.
Result<std::unique_ptr<CertificateSource>> MakeThrowawayCertificate(
    ServerNames names, LifetimesSource lifetimes = [] { return Lifetimes{}; });

}  // namespace railhook

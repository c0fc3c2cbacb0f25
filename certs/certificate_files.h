#pragma once
// The three files of a certificate directory: tls.crt, tls.key and ca.crt, as in a Secret of type
// kubernetes.io/tls. Where railhook made them, ca.key stands beside them.

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "certs/certificate_source.h"

namespace railhook {

std::vector<std::filesystem::path> CertificateFiles(const std::filesystem::path& directory);

// Whether none of the three is there.
bool HasNoCertificateFiles(const std::filesystem::path& directory);

// What the files hold, if a server can use it now; ca.crt may be missing. kInvalid names the file
// and says what to do.
Result<Certificate> ReadCertificateFiles(const std::filesystem::path& directory);

// Makes the directory where necessary, and each file at once in its whole; the key's is readable by
// its owner alone.
Result<> WriteCertificateFiles(const std::filesystem::path& directory,
                               const Certificate& certificate);

// The key of the CA in ca.key, readable by its owner alone, in a directory that is there.
Result<> WriteCaKey(const std::filesystem::path& directory, const std::string& key_pem);

}  // namespace railhook

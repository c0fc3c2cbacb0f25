#include "certs/certificate_files.h"

#include <sys/stat.h>

#include <algorithm>
#include <ctime>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/files.h"
#include "certs/key_pair.h"

namespace railhook {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kOwnerOnly = 0600;
constexpr mode_t kEverybodyReads = 0644;

constexpr std::string_view kAllOrNothing =
    "put tls.crt and tls.key there, or remove all of tls.crt, tls.key and ca.crt to have new ones "
    "made";

Result<std::string> ReadNeeded(const fs::path& path) {
  auto text = ReadFile(path);
  if (text || text.error().code != ErrorCode::kNotFound) return text;
  return Fail(ErrorCode::kInvalid, path.string() + " is missing; " + std::string(kAllOrNothing));
}

Result<std::string> ReadOptional(const fs::path& path) {
  auto text = ReadFile(path);
  if (!text && text.error().code == ErrorCode::kNotFound) return std::string();
  return text;
}

}  // namespace

std::vector<fs::path> CertificateFiles(const fs::path& directory) {
  return {directory / "tls.crt", directory / "tls.key", directory / "ca.crt"};
}

bool HasNoCertificateFiles(const fs::path& directory) {
  const auto files = CertificateFiles(directory);
  return std::all_of(files.begin(), files.end(), [](const fs::path& file) {
    std::error_code error;
    return fs::symlink_status(file, error).type() == fs::file_type::not_found;
  });
}

Result<Certificate> ReadCertificateFiles(const fs::path& directory) {
  auto chain = TRY(ReadNeeded(directory / "tls.crt"));
  auto key = TRY(ReadNeeded(directory / "tls.key"));
  auto ca = TRY(ReadOptional(directory / "ca.crt"));
  auto pair = CheckKeyPair(std::move(chain), std::move(key), std::move(ca), std::time(nullptr));
  if (!pair) return Fail(directory.string(), pair.error());
  return pair;
}

Result<> WriteCertificateFiles(const fs::path& directory, const Certificate& certificate) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) {
    return Fail(ErrorCode::kUnavailable, directory.string() + " can't be made: " + error.message());
  }
  TRY(ReplaceFile(directory / "tls.key", certificate.key_pem, kOwnerOnly));
  TRY(ReplaceFile(directory / "tls.crt", certificate.chain_pem, kEverybodyReads));
  return ReplaceFile(directory / "ca.crt", certificate.ca_pem, kEverybodyReads);
}

Result<> WriteCaKey(const fs::path& directory, const std::string& key_pem) {
  return ReplaceFile(directory / "ca.key", key_pem, kOwnerOnly);
}

}  // namespace railhook

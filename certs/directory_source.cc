#include "certs/directory_source.h"

#include <ctime>
#include <utility>

#include "base/reloading.h"
#include "certs/authority.h"
#include "certs/certificate_files.h"

namespace railhook {
namespace {

class DirectorySource : public CertificateSource {
 public:
  explicit DirectorySource(std::unique_ptr<Reloading<Certificate>> files)
      : files_(std::move(files)) {}

  Result<std::shared_ptr<const Certificate>> Current() override { return files_->Current(); }
  CertificateReloads reloads() const override { return {files_->reloads(), files_->failures()}; }

 private:
  std::unique_ptr<Reloading<Certificate>> files_;
};

class FixedSource : public CertificateSource {
 public:
  explicit FixedSource(Certificate certificate)
      : certificate_(std::make_shared<const Certificate>(std::move(certificate))) {}

  Result<std::shared_ptr<const Certificate>> Current() override { return certificate_; }

 private:
  std::shared_ptr<const Certificate> certificate_;
};

Result<Certificate> MakeCertificate(const ServerNames& names) {
  const auto now = std::time(nullptr);
  const auto authority = TRY(Authority::Make(now));
  return authority.Sign(names, now);
}

}  // namespace

Result<std::unique_ptr<CertificateSource>> OpenCertificateDirectory(std::filesystem::path directory,
                                                                    const ServerNames& names) {
  if (HasNoCertificateFiles(directory)) {
    const auto made = TRY(MakeCertificate(names));
    TRY(WriteCertificateFiles(directory, made));
    Log(LogLevel::kDebug, "made a certificate", {{"directory", directory.native()}});
  }
  auto files =
      TRY(Reloading<Certificate>::Open("certificate", CertificateFiles(directory),
                                       [directory] { return ReadCertificateFiles(directory); }));
  return std::make_unique<DirectorySource>(std::move(files));
}

Result<std::unique_ptr<CertificateSource>> MakeThrowawayCertificate(const ServerNames& names) {
  return std::make_unique<FixedSource>(TRY(MakeCertificate(names)));
}

}  // namespace railhook

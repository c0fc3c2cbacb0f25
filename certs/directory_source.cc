#include "certs/directory_source.h"

#include <condition_variable>
#include <ctime>
#include <mutex>
#include <thread>
#include <utility>

#include "base/files.h"
#include "base/reloading.h"
#include "certs/authority.h"
#include "certs/certificate_files.h"
#include "tls/openssl.h"

namespace railhook {
namespace {

namespace fs = std::filesystem;

using Files = Reloading<Certificate>;

Result<Term> LeafTerm(const Certificate& certificate) {
  return TermOf(*TRY(ParseCertificates(certificate.chain_pem)).front());
}

// The authority whose key is in ca.key, if it made the certificate.
Result<Authority> Maker(const fs::path& directory, const Certificate& certificate) {
  const std::string key = TRY(ReadFile(directory / "ca.key"));
  auto authority = TRY(Authority::Load(certificate.ca_pem, key));
  const auto chain = TRY(ParseCertificates(certificate.chain_pem));
  if (authority.HasSigned(*chain.front())) return authority;
  return Fail(ErrorCode::kInvalid, "tls.crt is of another CA than ca.key");
}

class DirectorySource : public CertificateSource {
 public:
  DirectorySource(fs::path directory, ServerNames names, LifetimesSource lifetimes,
                  std::chrono::milliseconds look, std::unique_ptr<Files> files)
      : directory_(std::move(directory)),
        names_(std::move(names)),
        lifetimes_(std::move(lifetimes)),
        files_(std::move(files)),
        keeper_([this, look](const std::stop_token& stop) { Keep(stop, look); }) {}

  Result<std::shared_ptr<const Certificate>> Current() override { return files_->Current(); }

  std::string trouble() const override {
    const std::string error = files_->error();
    if (!error.empty()) return "the last good one is in use: " + error;
    const std::lock_guard lock(mutex_);
    return worry_;
  }

 private:
  void Keep(const std::stop_token& stop, std::chrono::milliseconds look) {
    while (!stop.stop_requested()) {
      const auto looked = Look(*files_->Current(), std::time(nullptr));
      std::unique_lock lock(mutex_);
      worry_ = looked ? *looked : looked.error().message;
      wake_.wait_for(lock, stop, look, [] { return false; });
    }
  }

  // Renews what is due, and says what somebody else has to.
  Result<std::string> Look(const Certificate& certificate, std::time_t now) const {
    const Term leaf = TRY(LeafTerm(certificate));
    const auto ends = directory_.string() + ": tls.crt ends on " + TimeText(leaf.ends);
    const auto maker = Maker(directory_, certificate);
    if (!maker) {
      return EndsSoon(leaf, {}, now) ? ends + "; let who made it renew it" : "";
    }
    const bool with_its_ca = leaf.ends >= TRY(TermOf(maker->certificate())).ends;
    if (!with_its_ca && IsDue(leaf, lifetimes_().leaf, now)) TRY(Renew(*maker, now));
    if (!with_its_ca || !EndsSoon(leaf, kBackdated, now)) return "";
    return ends +
           " with its CA; remove tls.crt, tls.key and ca.crt, start railhook again, and "
           "let clients trust the new ca.crt";
  }

  Result<> Renew(const Authority& maker, std::time_t now) const {
    const Certificate renewed = TRY(maker.Sign(names_, now, lifetimes_().leaf));
    TRY(WriteCertificateFiles(directory_, renewed));
    Log(LogLevel::kInfo, "renewed the certificate", {{"directory", directory_.native()}});
    return {};
  }

  const fs::path directory_;
  const ServerNames names_;
  const LifetimesSource lifetimes_;
  const std::unique_ptr<Files> files_;
  mutable std::mutex mutex_;
  std::string worry_;  // guarded by mutex_
  std::condition_variable_any wake_;
  std::jthread keeper_;  // last: joined before what it uses goes
};

Result<Certificate> MakeCertificate(const ServerNames& names, const Lifetimes& lifetimes) {
  const auto now = std::time(nullptr);
  const auto authority = TRY(Authority::Make(now, lifetimes.ca));
  return authority.Sign(names, now, lifetimes.leaf);
}

class ThrowawaySource : public CertificateSource {
 public:
  ThrowawaySource(ServerNames names, LifetimesSource lifetimes, Certificate first, Term term)
      : names_(std::move(names)),
        lifetimes_(std::move(lifetimes)),
        term_(term),
        current_(std::make_shared<const Certificate>(std::move(first))) {}

  Result<std::shared_ptr<const Certificate>> Current() override {
    const std::lock_guard lock(mutex_);
    const Lifetimes lasting = lifetimes_();
    if (!IsDue(term_, lasting.leaf, std::time(nullptr))) return current_;
    auto made = TRY(MakeCertificate(names_, lasting));
    term_ = TRY(LeafTerm(made));
    current_ = std::make_shared<const Certificate>(std::move(made));
    return current_;
  }

 private:
  const ServerNames names_;
  const LifetimesSource lifetimes_;
  std::mutex mutex_;  // guards the rest
  Term term_;
  std::shared_ptr<const Certificate> current_;
};

Result<> FillDirectory(const fs::path& directory, const ServerNames& names,
                       const Lifetimes& lifetimes) {
  const auto now = std::time(nullptr);
  const auto authority = TRY(Authority::Make(now, lifetimes.ca));
  const Certificate made = TRY(authority.Sign(names, now, lifetimes.leaf));
  const std::string key = TRY(authority.KeyPem());
  TRY(WriteCertificateFiles(directory, made));
  TRY(WriteCaKey(directory, key));
  Log(LogLevel::kDebug, "made a certificate", {{"directory", directory.native()}});
  return {};
}

}  // namespace

Result<std::unique_ptr<CertificateSource>> OpenCertificateDirectory(
    fs::path directory, ServerNames names, LifetimesSource lifetimes,
    std::chrono::milliseconds look) {
  if (HasNoCertificateFiles(directory)) TRY(FillDirectory(directory, names, lifetimes()));
  auto files = TRY(Files::Open("certificate", CertificateFiles(directory),
                               [directory] { return ReadCertificateFiles(directory); }));
  return std::make_unique<DirectorySource>(std::move(directory), std::move(names),
                                           std::move(lifetimes), look, std::move(files));
}

Result<std::unique_ptr<CertificateSource>> MakeThrowawayCertificate(ServerNames names,
                                                                    LifetimesSource lifetimes) {
  auto first = TRY(MakeCertificate(names, lifetimes()));
  const Term term = TRY(LeafTerm(first));
  return std::make_unique<ThrowawaySource>(std::move(names), std::move(lifetimes), std::move(first),
                                           term);
}

}  // namespace railhook

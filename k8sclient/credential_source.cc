#include "k8sclient/credential_source.h"

#include <algorithm>
#include <utility>

#include "base/files.h"
#include "base/reloading.h"
#include "base/text.h"
#include "tls/base64.h"

namespace railhook {
namespace {

using std::filesystem::path;

Result<std::string> CheckToken(std::string_view text) {
  const auto token = Trim(text);
  if (token.empty()) return Fail(ErrorCode::kInvalid, "the token is empty");
  const auto is_odd = [](char c) { return c <= ' ' || c > '~'; };
  if (std::any_of(token.begin(), token.end(), is_odd)) {
    return Fail(ErrorCode::kInvalid, "the token has a character that no token can have");
  }
  return std::string(token);
}

Result<std::string> ReadToken(const path& file) {
  auto token = CheckToken(TRY(ReadFile(file)));
  if (!token) return Fail(file.string(), token.error());
  return token;
}

Result<ClientCertificate> ReadCertificate(const Credentials& given) {
  const auto& certificate = given.client_certificate_file;
  const auto& key = given.client_key_file;
  auto read = ParseClientCertificate(
      certificate.empty() ? given.client_certificate_pem : TRY(ReadFile(certificate)),
      key.empty() ? given.client_key_pem : TRY(ReadFile(key)));
  if (!read) return Fail(Join({certificate.string(), key.string()}, " "), read.error());
  return read;
}

// What stands in the configuration or in files that it names.
class StoredCredentials : public CredentialSource {
 public:
  static Result<std::unique_ptr<CredentialSource>> Open(const Credentials& given) {
    auto source = std::make_unique<StoredCredentials>();
    TRY(source->OpenCertificate(given));
    TRY(source->OpenAuthorization(given));
    return source;
  }

  Result<Identity> Current(std::stop_token) override {
    Identity identity = fixed_;
    if (token_) identity.authorization = "Bearer " + *token_->Current();
    if (certificate_) identity.certificate = certificate_->Current();
    return identity;
  }

  bool Refused(const Identity& identity) override {
    return token_ && identity.authorization != "Bearer " + *token_->Current();
  }

 private:
  Result<> OpenCertificate(const Credentials& given) {
    if (given.client_certificate_file.empty() && given.client_key_file.empty()) {
      if (given.client_certificate_pem.empty()) return {};
      fixed_.certificate = std::make_shared<ClientCertificate>(TRY(ReadCertificate(given)));
      return {};
    }
    certificate_ = TRY(Reloading<ClientCertificate>::Open(
        "client certificate", {given.client_certificate_file, given.client_key_file},
        [given] { return ReadCertificate(given); }));
    return {};
  }

  Result<> OpenAuthorization(const Credentials& given) {
    if (!given.token_file.empty()) {
      token_ = TRY(Reloading<std::string>::Open(
          "token", {given.token_file}, [file = given.token_file] { return ReadToken(file); }));
    } else if (!given.token.empty()) {
      fixed_.authorization = "Bearer " + TRY(CheckToken(given.token));
    } else if (!given.username.empty()) {
      fixed_.authorization = "Basic " + EncodeBase64(given.username + ':' + given.password);
    }
    return {};
  }

  Identity fixed_;  // what no file holds
  std::unique_ptr<Reloading<std::string>> token_;
  std::unique_ptr<Reloading<ClientCertificate>> certificate_;
};

}  // namespace

Result<std::unique_ptr<CredentialSource>> MakeCredentialSource(const ClusterConfig& cluster) {
  return StoredCredentials::Open(cluster.credentials);
}

}  // namespace railhook

#include "k8sclient/credential_source.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "base/files.h"
#include "base/reloading.h"
#include "base/text.h"
#include "k8sclient/exec_plugin.h"
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

// What an exec plugin prints.
class PluginSource : public CredentialSource {
 public:
  PluginSource(ClusterConfig cluster, std::chrono::milliseconds timeout,
               std::unique_ptr<CredentialSource> stored)
      : cluster_(std::move(cluster)), timeout_(timeout), stored_(std::move(stored)) {}

  Result<Identity> Current(std::stop_token stop) override {
    std::unique_lock lock(mutex_);
    const auto seen = runs_;
    ran_.wait(lock, stop, [this] { return !running_; });
    if (running_) return Fail(ErrorCode::kUnavailable, "credential plugin: the call was stopped");
    const bool failed_meanwhile = runs_ != seen && !held_;
    if (IsGood() || failed_meanwhile) return held_;
    running_ = true;
    lock.unlock();
    auto made = Make(stop);
    lock.lock();
    held_ = std::move(made);
    running_ = false;
    ++runs_;
    ran_.notify_all();
    return held_;
  }

  bool Refused(const Identity& identity) override {
    const std::lock_guard lock(mutex_);
    const bool is_held = held_ && held_->authorization == identity.authorization &&
                         held_->certificate == identity.certificate;
    if (is_held) expires_ = std::chrono::system_clock::time_point::min();
    return true;
  }

 private:
  bool IsGood() const {
    return held_ && (!expires_ || std::chrono::system_clock::now() < *expires_);
  }

  // Only one thread at a time is in here.
  Result<Identity> Make(const std::stop_token& stop) {
    auto printed = TRY(RunExecPlugin(cluster_, timeout_, stop));
    auto identity = TRY(stored_->Current(stop));
    if (!printed.token.empty()) identity.authorization = "Bearer " + TRY(CheckToken(printed.token));
    if (!printed.key_pem.empty()) {
      identity.certificate = std::make_shared<ClientCertificate>(
          TRY(ParseClientCertificate(printed.certificate_pem, printed.key_pem)));
    }
    const std::lock_guard lock(mutex_);
    expires_ = printed.expires;
    return identity;
  }

  const ClusterConfig cluster_;
  const std::chrono::milliseconds timeout_;
  const std::unique_ptr<CredentialSource> stored_;

  std::mutex mutex_;
  std::condition_variable_any ran_;
  bool running_ = false;
  long runs_ = 0;
  Result<Identity> held_ = Fail(ErrorCode::kUnauthorized, "");
  std::optional<std::chrono::system_clock::time_point> expires_;  // of what is held; none: never
};

}  // namespace

Result<std::unique_ptr<CredentialSource>> MakeCredentialSource(
    const ClusterConfig& cluster, std::chrono::milliseconds plugin_timeout) {
  const auto& given = cluster.credentials;
  auto stored = TRY(StoredCredentials::Open(given));
  if (!given.exec || given.HaveAuthorization()) return stored;
  return std::make_unique<PluginSource>(cluster, plugin_timeout, std::move(stored));
}

}  // namespace railhook

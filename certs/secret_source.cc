#include "certs/secret_source.h"

#include <condition_variable>
#include <ctime>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "base/json.h"
#include "base/log.h"
#include "certs/certificate_secret.h"
#include "k8sclient/client.h"
#include "k8sclient/object.h"
#include "k8sclient/watch/reflector.h"

namespace railhook {
namespace {

constexpr std::chrono::seconds kRetry(1);

}  // namespace

struct SecretSource::Impl : ObjectSink {
  // How the Secret was last seen.
  enum class State { kUnknown, kGood, kMissing, kBroken };

  Transport& transport;
  const std::string name_space;
  const std::string name;
  const ServerNames names;

  mutable std::mutex mutex;  // guards all down to `wake`
  State state = State::kUnknown;
  Json broken;  // the Secret as it was when it was kBroken
  std::string trouble;
  std::shared_ptr<const Certificate> current;
  std::optional<Json> last_good;  // the Secret that `current` is from
  std::condition_variable_any wake;

  bool listed = false;  // of the reflector's thread
  std::optional<Reflector> reflector;
  std::jthread keeper;  // last: joined before what it uses goes

  Impl(Transport& to, std::string in, std::string called, ServerNames for_names)
      : transport(to),
        name_space(std::move(in)),
        name(std::move(called)),
        names(std::move(for_names)) {}

  void BeginList() override { listed = false; }

  void EndList() override {
    if (!listed) Miss();
  }

  void Put(const Json& secret) override {
    listed = true;
    auto certificate = ReadCertificateSecret(secret, names, std::time(nullptr));
    const std::lock_guard lock(mutex);
    if (certificate) {
      Adopt(secret, *std::move(certificate));
    } else {
      Reject(secret, certificate.error().message);
    }
    wake.notify_one();
  }

  void Remove(const Json&) override { Miss(); }

  void Miss() {
    const std::lock_guard lock(mutex);
    state = State::kMissing;
    if (current) Log(LogLevel::kWarning, "the certificate's Secret is gone", {{"secret", name}});
    wake.notify_one();
  }

  void Adopt(const Json& secret, Certificate certificate) {
    state = State::kGood;
    trouble.clear();
    const bool news = !current || current->chain_pem != certificate.chain_pem;
    if (news) current = std::make_shared<const Certificate>(std::move(certificate));
    if (news) Log(LogLevel::kInfo, "using the certificate of a Secret", {{"secret", name}});
    last_good = secret;
  }

  void Reject(const Json& secret, const std::string& why) {
    state = State::kBroken;
    broken = secret;
    trouble = "Secret " + name_space + '/' + name + " can't be used: " + why;
    Log(LogLevel::kError, current ? "kept the last good certificate" : "no certificate yet",
        {{"error", trouble}});
  }

  // Mends the Secret whenever it is missing or broken.
  void Keep(const std::stop_token& stop) {
    const KubeClient client(transport, stop);
    std::unique_lock lock(mutex);
    const auto to_do = [this] { return state == State::kMissing || state == State::kBroken; };
    while (wake.wait(lock, stop, to_do) && !stop.stop_requested()) {
      const bool replace = state == State::kBroken;
      const auto secret = Wanted(replace);
      state = State::kUnknown;  // until the watch tells
      lock.unlock();
      const auto written =
          secret ? Write(client, *secret, replace) : Result<>(tl::unexpected(secret.error()));
      lock.lock();
      if (!written) Retry(written.error(), replace, lock, stop);
    }
  }

  // The Secret as it should be: with the last good certificate, or a new one. What takes the place
  // of a broken one keeps its labels and its type, which can't be changed.
  Result<Json> Wanted(bool replace) {
    Json secret = TRY(MakeCertificateSecret(name, names, std::time(nullptr)));
    if (last_good) secret["data"] = last_good->at("data");
    if (!replace) return secret;
    secret["metadata"] = broken["metadata"];
    secret["type"] = TextMember(&broken, "type");
    return secret;
  }

  Result<> Write(const KubeClient& client, const Json& secret, bool replace) const {
    const auto written = replace ? client.Update(kSecrets, name_space, secret)
                                 : client.Create(kSecrets, name_space, secret);
    if (!written) return tl::unexpected(written.error());
    Log(LogLevel::kInfo,
        replace ? "mended the certificate's Secret" : "made the certificate's Secret",
        {{"secret", name}});
    return {};
  }

  // A conflict means that another replica was faster; the watch brings what it wrote.
  void Retry(const Error& error, bool replace, std::unique_lock<std::mutex>& lock,
             const std::stop_token& stop) {
    if (error.code == ErrorCode::kConflict) return;
    if (trouble != error.message)
      Log(LogLevel::kWarning, "the certificate's Secret can't be written",
          {{"error", error.message}});
    trouble = error.message;
    wake.wait_for(lock, stop, kRetry, [] { return false; });
    if (state == State::kUnknown) state = replace ? State::kBroken : State::kMissing;
  }
};

SecretSource::SecretSource(Transport& transport, std::string name_space, std::string name,
                           ServerNames names)
    : impl_(std::make_unique<Impl>(transport, std::move(name_space), std::move(name),
                                   std::move(names))) {
  Impl* impl = impl_.get();
  impl->reflector.emplace(transport, Selection::One(kSecrets, impl->name_space, impl->name), *impl);
  impl->keeper = std::jthread([impl](std::stop_token stop) { impl->Keep(stop); });
}

SecretSource::~SecretSource() = default;

Result<std::shared_ptr<const Certificate>> SecretSource::Current() {
  const std::lock_guard lock(impl_->mutex);
  if (impl_->current) return impl_->current;
  return Fail(ErrorCode::kUnavailable, "no certificate yet");
}

std::string SecretSource::trouble() const {
  {
    const std::lock_guard lock(impl_->mutex);
    if (!impl_->trouble.empty()) return impl_->trouble;
  }
  return impl_->reflector->status().error;
}

}  // namespace railhook

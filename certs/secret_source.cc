#include "certs/secret_source.h"

#include <algorithm>
#include <condition_variable>
#include <ctime>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "base/json.h"
#include "base/log.h"
#include "certs/certificate_secret.h"
#include "certs/secret_rotation.h"
#include "k8sclient/client.h"
#include "k8sclient/object.h"
#include "k8sclient/watch/reflector.h"

namespace railhook {
namespace {

using SteadyClock = std::chrono::steady_clock;

bool Same(const Certificate& a, const Certificate& b) {
  return a.chain_pem == b.chain_pem && a.key_pem == b.key_pem && a.ca_pem == b.ca_pem;
}

// Paces what is written, lest two owners overwrite each other as fast as they can.
class Pace {
 public:
  explicit Pace(const SecretTimes& times) : times_(times) {}

  SteadyClock::time_point next() const { return next_; }

  void Note(SteadyClock::time_point written) {
    const bool peace = written - next_ > times_.peace;
    pause_ = peace ? times_.first_pause
                   : std::clamp(2 * pause_, times_.first_pause, times_.longest_pause);
    next_ = written + pause_;
  }

 private:
  const SecretTimes times_;
  std::chrono::milliseconds pause_{0};
  SteadyClock::time_point next_;
};

}  // namespace

struct SecretSource::Impl : ObjectSink {
  // How the Secret was last seen.
  enum class State { kUnknown, kGood, kMissing, kBroken };

  Transport& transport;
  const std::string name_space;
  const std::string name;
  const ServerNames names;
  const LifetimesSource lifetimes;
  const SecretTimes times;
  Pace pace;  // of the keeper's thread

  mutable std::mutex mutex;  // guards all down to `wake`
  State state = State::kUnknown;
  Json broken;  // the Secret as it was when it was kBroken
  std::string trouble;
  std::shared_ptr<const Certificate> current;
  std::shared_ptr<const Json> last_good;  // the Secret that `current` is from
  std::condition_variable_any wake;

  bool listed = false;  // of the reflector's thread
  std::optional<Reflector> reflector;
  std::jthread keeper;  // last: joined before what it uses goes

  Impl(Transport& to, std::string in, std::string called, ServerNames for_names,
       LifetimesSource lasting, SecretTimes how)
      : transport(to),
        name_space(std::move(in)),
        name(std::move(called)),
        names(std::move(for_names)),
        lifetimes(std::move(lasting)),
        times(how),
        pace(how) {}

  void BeginList() override { listed = false; }

  void EndList() override {
    if (!listed) Miss();
  }

  void Put(const Json& secret) override {
    listed = true;
    auto certificate = Read(secret);
    const std::lock_guard lock(mutex);
    if (certificate) {
      Adopt(secret, *std::move(certificate));
    } else {
      Reject(secret, certificate.error().message);
    }
    wake.notify_one();
  }

  void Remove(const Json&) override { Miss(); }

  Result<Certificate> Read(const Json& secret) const {
    return ReadCertificateSecret(secret, names, std::time(nullptr));
  }

  void Miss() {
    const std::lock_guard lock(mutex);
    state = State::kMissing;
    wake.notify_one();
    if (!current) return;
    trouble = "Secret " + name_space + '/' + name + " is gone";
    Log(LogLevel::kWarning, "the certificate's Secret is gone", {{"secret", name}});
  }

  void Adopt(const Json& secret, Certificate certificate) {
    state = State::kGood;
    trouble.clear();
    const bool news = !current || !Same(*current, certificate);
    if (news) current = std::make_shared<const Certificate>(std::move(certificate));
    if (news) Log(LogLevel::kInfo, "using the certificate of a Secret", {{"secret", name}});
    if (!last_good || *last_good != secret) last_good = std::make_shared<const Json>(secret);
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
    while (!stop.stop_requested()) {
      if (!wake.wait_for(lock, stop, times.look, [this] { return IsDue(); })) LookAgain();
      wake.wait_until(lock, stop, pace.next(), [this] { return !IsDue(); });
      if (IsDue() && !stop.stop_requested()) Mend(client, lock, stop);
    }
  }

  bool IsDue() const { return state == State::kMissing || state == State::kBroken; }

  // What was good when it came may have expired since.
  void LookAgain() {
    if (state != State::kGood) return;
    const auto certificate = Read(*last_good);
    if (!certificate) Reject(*last_good, certificate.error().message);
  }

  void Mend(const KubeClient& client, std::unique_lock<std::mutex>& lock,
            const std::stop_token& stop) {
    const bool replace = state == State::kBroken;
    const auto secret = Wanted(replace);
    state = State::kUnknown;  // until the watch tells
    lock.unlock();
    const auto written =
        secret ? Write(client, *secret, replace) : Result<>(tl::unexpected(secret.error()));
    lock.lock();
    // A conflict means that another was faster; the watch brings what it wrote.
    const bool settled = written || written.error().code == ErrorCode::kConflict;
    if (settled) return pace.Note(SteadyClock::now());
    Retry(written.error(), replace, lock, stop);
  }

  // The Secret as it should be. What takes the place of a broken one keeps its labels and its type,
  // which can't be changed.
  Result<Json> Wanted(bool replace) const {
    Json secret = TRY(WantedContent(replace));
    if (!replace) return secret;
    secret["metadata"] = broken.at("metadata");
    secret["type"] = TextMember(&broken, "type");
    return secret;
  }

  // With the last good certificate if it is good still, or a new one, if possible of the same CA.
  Result<Json> WantedContent(bool replace) const {
    const auto now = std::time(nullptr);
    Json secret = TRY(MakeCertificateSecret(name, names, now, lifetimes()));
    if (last_good && Read(*last_good)) {
      secret["data"] = last_good->at("data");
      return secret;
    }
    for (const Json* old : {replace ? &broken : nullptr, last_good.get()}) {
      if (old == nullptr) continue;
      const auto renewed = WithNewLeaf(*old, names, lifetimes(), now);
      if (!renewed || !Read(*renewed)) continue;
      secret["data"] = renewed->at("data");
      return secret;
    }
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

  void Retry(const Error& error, bool replace, std::unique_lock<std::mutex>& lock,
             const std::stop_token& stop) {
    if (trouble != error.message)
      Log(LogLevel::kWarning, "the certificate's Secret can't be written",
          {{"error", error.message}});
    trouble = error.message;
    wake.wait_for(lock, stop, times.retry, [] { return false; });
    if (state == State::kUnknown) state = replace ? State::kBroken : State::kMissing;
  }
};

SecretSource::SecretSource(Transport& transport, std::string name_space, std::string name,
                           ServerNames names, LifetimesSource lifetimes, SecretTimes times)
    : impl_(std::make_unique<Impl>(transport, std::move(name_space), std::move(name),
                                   std::move(names), std::move(lifetimes), times)) {
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

std::shared_ptr<const Json> SecretSource::Secret() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->state == Impl::State::kGood ? impl_->last_good : nullptr;
}

const ServerNames& SecretSource::names() const { return impl_->names; }

std::string SecretSource::trouble() const {
  {
    const std::lock_guard lock(impl_->mutex);
    if (!impl_->trouble.empty()) return impl_->trouble;
  }
  return impl_->reflector->status().error;
}

}  // namespace railhook

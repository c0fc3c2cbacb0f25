#include "certs/certificate_rotation.h"

#include <condition_variable>
#include <ctime>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "base/json.h"
#include "base/log.h"
#include "certs/secret_rotation.h"
#include "k8sclient/client.h"
#include "k8sclient/object.h"
#include "tls/base64.h"

namespace railhook {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

const char* DoneText(RotationStep step) {
  switch (step) {
    case RotationStep::kMakeNextCa:
      return "made the certificate's next CA";
    case RotationStep::kUseNextCa:
      return "took the certificate's next CA into use";
    case RotationStep::kDropOldCas:
      return "dropped the certificate's old CA";
    case RotationStep::kRenewLeaf:
      return "renewed the certificate";
    case RotationStep::kNone:
      break;
  }
  return "left the certificate as it is";
}

// Whether the second time nothing has changed that counts.
bool SameData(const std::shared_ptr<const Json>& a, const std::shared_ptr<const Json>& b) {
  return a == b || (a && b && a->at("data") == b->at("data"));
}

}  // namespace

struct CertificateRotation::Impl {
  Transport& transport;
  const std::string name_space;
  const SecretSource& source;
  const CaBundleKeeper& bundle;
  const LeaderElector& leader;
  const LifetimesSource lifetimes;
  const RotationTimes times;

  // Of the thread alone: what is seen, since when it is so, and the last try.
  std::shared_ptr<const Json> secret;
  std::optional<SecretFacts> facts;
  bool published = false;
  SteadyClock::time_point since;
  std::shared_ptr<const Json> tried;
  SteadyClock::time_point tried_at;

  mutable std::mutex mutex;  // guards all down to `wake`
  std::string failure;
  std::string worry;
  std::condition_variable_any wake;
  std::jthread thread;  // last: joined before what it uses goes

  Impl(Transport& to, std::string in, const SecretSource& from, const CaBundleKeeper& by,
       const LeaderElector& who, LifetimesSource lasting, RotationTimes how)
      : transport(to),
        name_space(std::move(in)),
        source(from),
        bundle(by),
        leader(who),
        lifetimes(std::move(lasting)),
        times(how) {}

  void Run(const std::stop_token& stop) {
    const KubeClient client(transport, stop);
    while (!stop.stop_requested()) {
      Look();
      const RotationStep step = Due();
      if (step != RotationStep::kNone) Take(client, step);
      std::unique_lock lock(mutex);
      wake.wait_for(lock, stop, times.look, [] { return false; });
    }
  }

  // Every replica looks, so that one that becomes the leader knows for how long things are so.
  void Look() {
    const auto now = SteadyClock::now();
    auto seen = source.Secret();
    if (!SameData(secret, seen)) since = now;
    if (secret != seen) Learn(std::move(seen));
    const bool has = secret && bundle.HasPublished(CaText());
    if (has != published) since = now;
    published = has;
    const std::lock_guard lock(mutex);
    if (!leader.leading()) failure.clear();
    worry = facts ? Worry(*facts, std::time(nullptr)) : "";
  }

  void Learn(std::shared_ptr<const Json> seen) {
    secret = std::move(seen);
    facts.reset();
    if (!secret) return;
    auto read = ReadSecretFacts(*secret);
    if (read) facts = std::move(read).Take();
    Report(read ? Result<>() : Result<>(tl::unexpected(read.error())));
  }

  std::string CaText() const {
    return DecodeBase64(TextMember(Member(secret.get(), "data"), "ca.crt")).value_or("");
  }

  RotationStep Due() const {
    const auto now = SteadyClock::now();
    const bool waits = secret == tried && now - tried_at < times.retry;
    if (!facts || waits || !leader.leading()) return RotationStep::kNone;
    const auto unchanged = std::chrono::duration_cast<milliseconds>(now - since);
    const Lifetimes lasting = lifetimes();
    return NextStep(*facts, {published, unchanged}, lasting, times.pauses.For(lasting),
                    std::time(nullptr));
  }

  void Take(const KubeClient& client, RotationStep step) {
    const auto written = Write(client, step);
    tried = secret;
    tried_at = SteadyClock::now();
    if (written) Log(LogLevel::kInfo, DoneText(step), {{"secret", Name()}});
    // A conflict means that somebody else has written; the watch brings what.
    const bool settled = written || written.error().code == ErrorCode::kConflict;
    Report(settled ? Result<>() : Result<>(tl::unexpected(written.error())));
  }

  // Items of a list, as a Secret comes first, lack the first two keys.
  Result<> Write(const KubeClient& client, RotationStep step) const {
    Json wanted = TRY(AfterStep(step, *secret, source.names(), lifetimes(), std::time(nullptr)));
    wanted["apiVersion"] = "v1";
    wanted["kind"] = "Secret";
    TRY(client.Update(kSecrets, name_space, wanted));
    return {};
  }

  std::string Name() const { return TextMember(Member(secret.get(), "metadata"), "name"); }

  void Report(const Result<>& result) {
    const std::string now = result ? "" : result.error().message;
    const std::lock_guard lock(mutex);
    if (!now.empty() && now != failure)
      Log(LogLevel::kWarning, "the certificate can't be renewed", {{"error", now}});
    failure = now;
  }
};

CertificateRotation::CertificateRotation(Transport& transport, std::string name_space,
                                         const SecretSource& source, const CaBundleKeeper& bundle,
                                         const LeaderElector& leader, LifetimesSource lifetimes,
                                         RotationTimes times)
    : impl_(std::make_unique<Impl>(transport, std::move(name_space), source, bundle, leader,
                                   std::move(lifetimes), times)) {
  impl_->thread = std::jthread([impl = impl_.get()](std::stop_token stop) { impl->Run(stop); });
}

CertificateRotation::~CertificateRotation() = default;

std::string CertificateRotation::trouble() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->failure.empty() ? impl_->worry : impl_->failure;
}

}  // namespace railhook

#include "k8sclient/lease.h"

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "base/json.h"
#include "base/log.h"
#include "base/stop_after.h"
#include "k8sclient/client.h"
#include "k8sclient/object.h"
#include "k8sclient/time_text.h"

namespace railhook {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::seconds kParting(2);  // for giving back at the end

Json NewLease(const std::string& name) {
  return {
      {"apiVersion", "coordination.k8s.io/v1"}, {"kind", "Lease"}, {"metadata", {{"name", name}}}};
}

}  // namespace

LeaseRecord ReadLease(const Json& lease) {
  const Json* spec = Member(&lease, "spec");
  return {TextMember(spec, "holderIdentity"), TextMember(spec, "renewTime"),
          std::chrono::seconds(IntegerMember(spec, "leaseDurationSeconds").value_or(0)),
          IntegerMember(spec, "leaseTransitions").value_or(0)};
}

LeaseMove Judge(const LeaseRecord& record, const std::string& self, milliseconds unchanged) {
  if (record.holder == self) return LeaseMove::kRenew;
  const bool free = record.holder.empty() || unchanged > record.duration;
  return free ? LeaseMove::kTake : LeaseMove::kLeave;
}

struct LeaderElector::Impl {
  Transport& transport;
  const std::string name_space;
  const std::string name;
  const std::string self;
  const LeaseTimes times;

  LeaseRecord seen;               // of the thread alone, as is the next
  SteadyClock::time_point since;  // when `seen` was first seen

  mutable std::mutex mutex;
  std::optional<SteadyClock::time_point> held;  // last renewed then; guarded by mutex, as the next
  std::string failure;
  std::condition_variable_any wake;
  std::jthread thread;  // last: joined before what it uses goes

  Impl(Transport& to, std::string in, std::string called, std::string me, LeaseTimes how)
      : transport(to),
        name_space(std::move(in)),
        name(std::move(called)),
        self(std::move(me)),
        times(how) {}

  void Run(const std::stop_token& stop) {
    const KubeClient client(transport, stop);
    while (!stop.stop_requested()) {
      const auto asked = SteadyClock::now();
      Report(Stand(client, asked));
      std::unique_lock lock(mutex);
      wake.wait_for(lock, stop, times.retry, [] { return false; });
    }
    GiveBack();
  }

  // Looks at the Lease and does what is to be done.
  Result<> Stand(const KubeClient& client, SteadyClock::time_point asked) {
    auto lease = client.Get(kLeases, name_space, name);
    const auto told = SteadyClock::now();  // the Lease may have been renewed until now
    const bool missing = !lease && lease.error().code == ErrorCode::kNotFound;
    if (!lease && !missing) return tl::unexpected(lease.error());
    Json object = missing ? NewLease(name) : *std::move(lease);
    const LeaseRecord record = ReadLease(object);
    if (record != seen) {
      seen = record;
      since = told;
    }
    const auto unchanged = std::chrono::duration_cast<milliseconds>(told - since);
    const LeaseMove move = Judge(record, self, unchanged);
    if (move == LeaseMove::kLeave) return Hold(std::nullopt);
    Fill(object, move, record.transitions);
    const auto written = missing ? client.Create(kLeases, name_space, object)
                                 : client.Update(kLeases, name_space, object);
    if (written) return Hold(asked);
    const bool lost_race = written.error().code == ErrorCode::kConflict;
    return lost_race ? Hold(std::nullopt) : Result<>(tl::unexpected(written.error()));
  }

  void Fill(Json& lease, LeaseMove move, std::int64_t transitions) const {
    const std::string now = MicroTime(std::chrono::system_clock::now());
    Json& spec = lease["spec"];
    spec["holderIdentity"] = self;
    spec["leaseDurationSeconds"] = std::chrono::ceil<std::chrono::seconds>(times.duration).count();
    spec["renewTime"] = now;
    if (move == LeaseMove::kRenew) return;
    spec["acquireTime"] = now;
    spec["leaseTransitions"] = transitions + 1;
  }

  Result<> Hold(std::optional<SteadyClock::time_point> when) {
    const std::lock_guard lock(mutex);
    if (held.has_value() != when.has_value())
      Log(LogLevel::kInfo, when ? "leading" : "following", {{"lease", name}, {"identity", self}});
    held = when;
    return {};
  }

  void Report(const Result<>& stood) {
    const std::string now = stood ? "" : stood.error().message;
    const std::lock_guard lock(mutex);
    if (!now.empty() && now != failure)
      Log(LogLevel::kWarning, "standing for election fails", {{"lease", name}, {"error", now}});
    failure = now;
  }

  bool Leading() const {
    const std::lock_guard lock(mutex);
    return held && SteadyClock::now() - *held < times.renew_deadline;
  }

  // One short try is all that there is time for at the end; if it fails the Lease runs out.
  void GiveBack() {
    if (!Leading()) return;
    (void)Hold(std::nullopt);
    const StopAfter deadline(kParting, {});
    const KubeClient client(transport, deadline.token());
    auto lease = client.Get(kLeases, name_space, name);
    if (!lease || ReadLease(*lease).holder != self) return;
    (*lease)["spec"]["holderIdentity"] = "";
    const auto written = client.Update(kLeases, name_space, *lease);
    if (!written)
      Log(LogLevel::kWarning, "the lease was not given back", {{"error", written.error().message}});
  }
};

LeaderElector::LeaderElector(Transport& transport, std::string name_space, std::string name,
                             std::string identity, LeaseTimes times)
    : impl_(std::make_unique<Impl>(transport, std::move(name_space), std::move(name),
                                   std::move(identity), times)) {
  impl_->thread = std::jthread([impl = impl_.get()](std::stop_token stop) { impl->Run(stop); });
}

LeaderElector::~LeaderElector() { Resign(); }

void LeaderElector::Resign() {
  impl_->thread.request_stop();
  if (impl_->thread.joinable()) impl_->thread.join();
}

bool LeaderElector::leading() const { return impl_->Leading(); }

std::string LeaderElector::trouble() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->failure;
}

}  // namespace railhook

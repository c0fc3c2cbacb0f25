#include "multus/network_controller.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "k8sclient/object.h"
#include "k8sclient/watch/store.h"
#include "multus/ipam.h"
#include "multus/network_queue.h"

namespace railhook {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::string_view kSpiderpoolsWebhook = "spidermultusconfig.spiderpool.spidernet.io";
constexpr milliseconds kLook(250);  // at who leads and what is wanted; at tasks that wait
constexpr milliseconds kNothingWaits(60'000);
constexpr milliseconds kLongestRest(500);
constexpr milliseconds kAfterFailure(200);
constexpr std::chrono::seconds kBetweenLogs(10);
constexpr std::size_t kWorkers = 4;

// What a webhook configuration is called that registers Spiderpool's webhook; none for others.
std::optional<std::string> SpiderpoolsName(const Json& configuration) {
  const auto& entries = ItemsOf(&configuration, "webhooks");
  const bool registers = std::ranges::any_of(
      entries, [](const Json& entry) { return TextMember(&entry, "name") == kSpiderpoolsWebhook; });
  if (!registers) return std::nullopt;
  return TextMember(Member(&configuration, "metadata"), "name");
}

template <typename T>
ByName<T> Snapshot(const Store<T>& store) {
  ByName<T> all;
  store.ForEach([&](const std::string& key, const auto& value) { all.emplace_back(key, value); });
  return all;
}

Warning WarningAbout(std::string_view name_space, std::string_view smc, const std::string& uid,
                     const std::string& why) {
  constexpr std::size_t kLongest = 1000;  // an API server takes 1024 bytes
  return {{"spiderpool.spidernet.io/v2beta1", "SpiderMultusConfig", std::string(name_space),
           std::string(smc), uid},
          "NetworkNotMade",
          OneLine("No NetworkAttachmentDefinition is made or changed for this: " + why, kLongest)};
}

struct Counter {
  std::atomic<long> successes = 0;
  std::atomic<long> failures = 0;

  void Add(bool success) { ++(success ? successes : failures); }
  NetworkWrites Read() const { return {successes, failures}; }
};

struct Counters {
  Counter creations;
  Counter patches;
  Counter deletions;

  void Add(NetworkMove move, bool success) {
    if (move == NetworkMove::kCreate) return creations.Add(success);
    (move == NetworkMove::kDelete ? deletions : patches).Add(success);
  }
};

// The time in which this replica leads and keeps networks.
class Keeping {
 public:
  Keeping(Transport& transport, const LeaderElector& leader, std::shared_ptr<const Ipam> ipam,
          Counters& counters)
      : transport_(transport),
        leader_(leader),
        ipam_(std::move(ipam)),
        counters_(counters),
        make_(NetworksWith(ipam_)),
        claims_([this](const Json& smc) { return ClaimOf(smc, make_(smc)); }, [this] { Stale(); }),
        networks_([](const Json& network) { return std::optional(KnownNetworkOf(network)); },
                  [this] { Stale(); }),
        validating_(SpiderpoolsName, [this] { Stale(); }),
        mutating_(SpiderpoolsName, [this] { Stale(); }) {
    Watch(kValidatingWebhookConfigurations, validating_, registrations_);
    Watch(kMutatingWebhookConfigurations, mutating_, registrations_);
    Watch(kSpiderMultusConfigs, claims_, objects_);
    Watch(kNetworkAttachmentDefinitions, networks_, objects_);
    threads_.emplace_back([this](const std::stop_token& stop) { Plan(stop); });
    for (std::size_t i = 0; i < kWorkers; ++i)
      threads_.emplace_back([this](const std::stop_token& stop) { Work(stop); });
  }

  // All threads at once.
  ~Keeping() {
    for (std::jthread& thread : threads_) thread.request_stop();
  }

  const Ipam& ipam() const { return *ipam_; }

  NetworkCounts counts() const {
    const std::lock_guard lock(mutex_);
    NetworkCounts counts{kept_, 0, queue_.refused(), invalid_};
    const std::size_t settled = counts.kept + counts.refused + counts.invalid;
    counts.pending = claimed_ - std::min(claimed_, settled);
    return counts;
  }

  std::string trouble() const {
    const std::string unseen = Unseen();
    if (!unseen.empty()) return std::string(kSpiderpoolsWebhook) + " may be registered: " + unseen;
    const std::lock_guard lock(mutex_);
    return queue_.failure();
  }

  std::string idle() const {
    const std::string subject = "networks are left alone, as Spiderpool's webhook ";
    const std::string registration = Registration();
    if (!registration.empty()) {
      return subject + std::string(kSpiderpoolsWebhook) + " is registered by " + registration +
             ": write controllers: [], or remove Spiderpool";
    }
    return Known() || Unseen().empty() ? "" : subject + "may be registered";
  }

  std::vector<Warning> Warnings() const {
    std::vector<Warning> warnings;
    if (!Working()) return warnings;
    claims_.ForEach([&](const std::string& key, const auto& claim) {
      const auto slash = key.find('/');
      if (!claim->desired)
        warnings.push_back(
            WarningAbout(key.substr(0, slash), key.substr(slash + 1), claim->uid, claim->fault));
    });
    const std::lock_guard lock(mutex_);
    for (const auto& [name_space, refusal] : queue_.Refusals())
      warnings.push_back(WarningAbout(name_space, refusal.smc, refusal.uid, refusal.why));
    return warnings;
  }

 private:
  using Reflectors = std::vector<std::unique_ptr<Reflector>>;

  void Watch(const ResourceType& type, ObjectSink& sink, Reflectors& reflectors) {
    reflectors.push_back(std::make_unique<Reflector>(transport_, Selection::All(type), sink));
  }

  // Why it can't be seen what webhooks are registered; "" where it can.
  std::string Unseen() const {
    for (const auto& reflector : registrations_)
      if (std::string error = reflector->status().error; !error.empty()) return error;
    return "";
  }

  // Where Spiderpool's webhook is registered, or "".
  std::string Registration() const {
    std::string where;
    validating_.ForEach([&](const std::string&, const auto& name) {
      where = "ValidatingWebhookConfiguration " + *name;
    });
    mutating_.ForEach([&](const std::string&, const auto& name) {
      where = "MutatingWebhookConfiguration " + *name;
    });
    return where;
  }

  bool Known() const { return validating_.synced() && mutating_.synced(); }

  bool Working() const {
    return Known() && claims_.synced() && networks_.synced() && Registration().empty();
  }

  void Stale() {
    const std::lock_guard lock(mutex_);
    stale_ = true;
    planner_.notify_one();
  }

  // Changes that come meanwhile, or in the rest after it, are seen together the next time. The rest
  // is long enough for a stream of changes to cost at most a tenth of a core.
  void Plan(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
      stale_ = false;
      lock.unlock();
      const auto start = steady_clock::now();
      PlanOnce();
      const auto took = steady_clock::now() - start;
      lock.lock();
      resting_.wait_for(lock, stop, std::min<steady_clock::duration>(9 * took, kLongestRest),
                        [] { return false; });
      const auto patience = queue_.waiting() ? kLook : kNothingWaits;
      planner_.wait_for(lock, stop, patience, [this] { return stale_; });
    }
  }

  void PlanOnce() {
    const auto claims = Working() ? Snapshot(claims_) : ByName<NetworkClaim>();
    const auto networks = Working() ? Snapshot(networks_) : ByName<KnownNetwork>();
    NetworkWork found = FindNetworkWork(claims, networks);
    const std::lock_guard lock(mutex_);
    queue_.Put(std::move(found.tasks), steady_clock::now());
    claimed_ = claims.size();
    kept_ = found.kept;
    invalid_ = found.invalid;
    worker_.notify_all();
  }

  void Work(const std::stop_token& stop) {
    const KubeClient client(transport_, stop);
    const auto may_write = [&] {
      return leader_.leading() && Registration().empty() && !stop.stop_requested();
    };
    const NetworkWriter writer(client, make_, may_write);
    const auto tried = [this](NetworkMove move, bool done) { counters_.Add(move, done); };
    std::unique_lock lock(mutex_);
    while (worker_.wait(lock, stop, [this] { return queue_.ready(); })) {
      const auto task = queue_.Take();
      lock.unlock();
      auto outcome = writer.Settle(*task, tried);
      lock.lock();
      if (stop.stop_requested()) return;
      const bool failed = !outcome;
      Finish(*task, std::move(outcome));
      if (failed) resting_.wait_for(lock, stop, kAfterFailure, [] { return false; });
    }
  }

  void Finish(const NetworkTask& task, Result<NetworkOutcome> outcome) {
    const auto now = steady_clock::now();
    if (!outcome && outcome.error().code != ErrorCode::kConflict && now >= next_log_) {
      Log(LogLevel::kWarning, "a network can't be kept",
          {{"network", task.Id()}, {"error", outcome.error().message}});
      next_log_ = now + kBetweenLogs;
    }
    queue_.Finish(task, std::move(outcome), now);
  }

  Transport& transport_;
  const LeaderElector& leader_;
  const std::shared_ptr<const Ipam> ipam_;
  Counters& counters_;
  const NetworkMaker make_;

  mutable std::mutex mutex_;  // guards all down to `planner_`
  bool stale_ = false;
  std::size_t claimed_ = 0;  // networks; of these kept_ are as they should be
  std::size_t kept_ = 0;
  std::size_t invalid_ = 0;  // SpiderMultusConfigs
  NetworkQueue queue_;
  steady_clock::time_point next_log_{};
  std::condition_variable_any planner_;
  std::condition_variable_any worker_;
  std::condition_variable_any resting_;  // told nothing but the end

  Store<NetworkClaim> claims_;
  Store<KnownNetwork> networks_;
  Store<std::string> validating_;  // names of configurations that register Spiderpool's webhook
  Store<std::string> mutating_;
  Reflectors registrations_;
  Reflectors objects_;
  std::vector<std::jthread> threads_;  // last: joined before what they use goes
};

}  // namespace

struct NetworkController::Impl {
  Transport& transport;
  const LeaderElector& leader;
  const Wanted wanted;
  Counters counters;

  std::mutex mutex;
  std::shared_ptr<Keeping> keeping;  // guarded by mutex
  std::condition_variable_any wake;
  std::jthread thread;  // last: joined before what it uses goes

  Impl(Transport& to, const LeaderElector& who, Wanted what)
      : transport(to), leader(who), wanted(std::move(what)) {}

  void Run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      Look();
      std::unique_lock lock(mutex);
      wake.wait_for(lock, stop, kLook, [] { return false; });
    }
  }

  void Look() {
    auto ipam = leader.leading() ? wanted() : nullptr;
    auto now = Now();
    if (ipam && now && now->ipam() == *ipam) return;
    if (!ipam && !now) return;
    now.reset();
    Set(nullptr);  // the old one ends before a new one begins
    if (ipam) Set(std::make_shared<Keeping>(transport, leader, std::move(ipam), counters));
  }

  void Set(std::shared_ptr<Keeping> next) {
    const std::lock_guard lock(mutex);
    keeping.swap(next);
  }

  std::shared_ptr<Keeping> Now() {
    const std::lock_guard lock(mutex);
    return keeping;
  }
};

NetworkController::NetworkController(Transport& transport, const LeaderElector& leader,
                                     Wanted wanted)
    : impl_(std::make_unique<Impl>(transport, leader, std::move(wanted))) {
  impl_->thread = std::jthread([impl = impl_.get()](std::stop_token stop) { impl->Run(stop); });
}

NetworkController::~NetworkController() = default;

NetworkCounts NetworkController::counts() const {
  const auto keeping = impl_->Now();
  return keeping ? keeping->counts() : NetworkCounts();
}

NetworkWrites NetworkController::creations() const { return impl_->counters.creations.Read(); }
NetworkWrites NetworkController::patches() const { return impl_->counters.patches.Read(); }
NetworkWrites NetworkController::deletions() const { return impl_->counters.deletions.Read(); }

std::vector<Warning> NetworkController::Warnings() const {
  const auto keeping = impl_->Now();
  return keeping ? keeping->Warnings() : std::vector<Warning>();
}

std::string NetworkController::idle() const {
  const auto keeping = impl_->Now();
  return keeping ? keeping->idle() : "";
}

std::string NetworkController::trouble() const {
  const auto keeping = impl_->Now();
  return keeping ? keeping->trouble() : "";
}

}  // namespace railhook

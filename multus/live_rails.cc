#include "multus/live_rails.h"

#include <algorithm>
#include <condition_variable>
#include <utility>

#include "base/json.h"
#include "base/log.h"
#include "base/stop_after.h"
#include "k8sclient/client.h"
#include "k8sclient/list_each.h"
#include "k8sclient/object.h"
#include "multus/cluster_objects.h"

namespace railhook {
namespace {

using Duration = LiveRails::TimePoint::duration;

constexpr std::size_t kMostSubjects = 10'000;
constexpr std::chrono::milliseconds kShortestPause(50);
constexpr std::chrono::milliseconds kLongestPause(1'000);

Selection OneNamespace(const std::string& name) {
  Selection selection = Selection::One(kNamespaces, "", name);
  selection.metadata_only = true;
  return selection;
}

Result<RailIndex> ReadCluster(const KubeClient& client, const std::string& name_space,
                              const RailIndex& known) {
  ClusterObjects objects;
  objects.namespaces = known.namespaces();
  const auto ignore = [](const std::string&) {};  // the watch has told it
  TRY(ListRails(client, RailSource::kSpiderMultusConfig, known, objects.spider_multus_configs,
                ignore));
  TRY(ListRails(client, RailSource::kNetworkAttachmentDefinition, known,
                objects.network_attachment_definitions, ignore));
  TRY(ListEach(client, OneNamespace(name_space), [&](const Json& object) {
    if (const auto meta = ReadMeta(object)) objects.namespaces[meta->name] = ReadNamespace(*meta);
  }));
  return RailIndex(std::move(objects));
}

}  // namespace

LiveRails::LiveRails(Transport& transport, std::chrono::milliseconds patience, Clock clock)
    : transport_(transport), patience_(patience), clock_(std::move(clock)) {}

Result<LiveRails::Index> LiveRails::Look(const std::string& subject, const std::string& name_space,
                                         const RailIndex& known, double per_second,
                                         TimePoint asked) {
  if (per_second <= 0) return Index();
  const auto hash = std::hash<std::string>()(subject);
  const std::lock_guard one_at_a_time(mutex_);
  if (Counts(hash, asked, name_space, per_second)) return answer_;
  AwaitTurn();
  began_ = clock_();
  answer_ = Ask(name_space, known);
  const auto ended = clock_();
  next_ = ended + std::clamp<Duration>(3 * (ended - began_), kShortestPause, kLongestPause);
  Remember(hash, ended, per_second);
  return answer_;
}

void LiveRails::AwaitTurn() const {
  std::mutex mine;
  std::condition_variable_any stopped;
  std::unique_lock lock(mine);
  stopped.wait_for(lock, stop_.get_token(), next_ - clock_(), [] { return false; });
}

bool LiveRails::Counts(std::size_t subject, TimePoint asked, const std::string& name_space,
                       double per_second) const {
  const auto last = looked_.find(subject);
  const std::chrono::duration<double> pause(1 / per_second);
  const bool recent = last != looked_.end() && asked - last->second < pause;
  if (began_ < asked && !recent) return false;
  return !answer_ || (*answer_)->FindNamespace(name_space) != nullptr;
}

void LiveRails::Remember(std::size_t subject, TimePoint now, double per_second) {
  const std::chrono::duration<double> pause(1 / per_second);
  std::erase_if(looked_, [&](const auto& one) { return now - one.second >= pause; });
  if (looked_.size() < kMostSubjects) looked_[subject] = now;
}

Result<LiveRails::Index> LiveRails::Ask(const std::string& name_space,
                                        const RailIndex& known) const {
  const StopAfter deadline(patience_, stop_.get_token());
  const KubeClient client(transport_, deadline.token());
  auto index = ReadCluster(client, name_space, known);
  if (index) return std::make_shared<const RailIndex>(std::move(index).Take());
  Log(LogLevel::kWarning, "a live look at the cluster failed", {{"error", index.error().message}});
  return tl::unexpected(index.error());
}

void LiveRails::Stop() { stop_.request_stop(); }

}  // namespace railhook

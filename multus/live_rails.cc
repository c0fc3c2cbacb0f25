#include "multus/live_rails.h"

#include <utility>

#include "base/json.h"
#include "base/log.h"
#include "k8sclient/client.h"
#include "k8sclient/list_each.h"
#include "k8sclient/object.h"
#include "multus/cluster_objects.h"

namespace railhook {
namespace {

constexpr std::size_t kMostRemembered = 1'000;

Selection OneNamespace(const std::string& name) {
  Selection selection = Selection::One(kNamespaces, "", name);
  selection.metadata_only = true;
  return selection;
}

// None where the resource isn't installed.
Result<> ReadRails(const KubeClient& client, RailSource source, const ResourceType& type,
                   std::vector<Rail>& rails) {
  const auto listed = ListEach(client, Selection::All(type), [&](const Json& object) {
    if (auto rail = ReadRail(source, object)) rails.push_back(std::move(*rail));
  });
  return listed || listed.error().code == ErrorCode::kNotFound ? Result<>() : listed;
}

Result<RailIndex> ReadCluster(const KubeClient& client, const std::string& name_space,
                              const RailIndex& known) {
  ClusterObjects objects;
  objects.namespaces = known.namespaces();
  TRY(ReadRails(client, RailSource::kSpiderMultusConfig, kSpiderMultusConfigs,
                objects.spider_multus_configs));
  TRY(ReadRails(client, RailSource::kNetworkAttachmentDefinition, kNetworkAttachmentDefinitions,
                objects.network_attachment_definitions));
  TRY(ListEach(client, OneNamespace(name_space), [&](const Json& object) {
    if (const auto meta = ReadMeta(object)) objects.namespaces[meta->name] = ReadNamespace(*meta);
  }));
  return RailIndex(std::move(objects));
}

}  // namespace

LiveRails::LiveRails(Transport& transport, Clock clock)
    : transport_(transport), clock_(std::move(clock)) {}

LiveRails::~LiveRails() { stop_.request_stop(); }

std::shared_ptr<const RailIndex> LiveRails::Look(const std::string& subject,
                                                 const std::string& name_space,
                                                 const RailIndex& known, double per_second) {
  if (per_second <= 0) return nullptr;
  const std::lock_guard one_at_a_time(mutex_);
  const auto now = clock_();
  const auto last = answers_.find(subject);
  if (last != answers_.end() && Counts(last->second, name_space, now, per_second))
    return last->second.index;
  auto index = Ask(name_space, known);
  if (answers_.size() >= kMostRemembered) answers_.clear();
  answers_[subject] = {now, index};
  return index;
}

bool LiveRails::Counts(const Answer& answer, const std::string& name_space,
                       std::chrono::steady_clock::time_point now, double per_second) {
  if (now - answer.asked >= std::chrono::duration<double>(1 / per_second)) return false;
  return !answer.index || answer.index->FindNamespace(name_space) != nullptr;
}

std::shared_ptr<const RailIndex> LiveRails::Ask(const std::string& name_space,
                                                const RailIndex& known) const {
  const KubeClient client(transport_, stop_.get_token());
  auto index = ReadCluster(client, name_space, known);
  if (index) return std::make_shared<const RailIndex>(std::move(index).Take());
  Log(LogLevel::kWarning, "a live look at the cluster failed", {{"error", index.error().message}});
  return nullptr;
}

}  // namespace railhook

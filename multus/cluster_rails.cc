#include "multus/cluster_rails.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "base/json.h"
#include "base/log.h"
#include "k8sclient/object.h"
#include "k8sclient/watch/store.h"
#include "multus/cluster_objects.h"

namespace railhook {
namespace {

using Duration = std::chrono::steady_clock::duration;

constexpr std::chrono::milliseconds kLongestPause(500);

// What can't be read is left out; API servers let no such object pass.
template <typename T>
std::optional<T> Known(Result<T> read) {
  if (read) return *std::move(read);
  Log(LogLevel::kWarning, "left out an object", {{"error", read.error().message}});
  return std::nullopt;
}

std::optional<Rail> ReadSpiderMultusConfig(const Json& object) {
  return Known(ReadRail(RailSource::kSpiderMultusConfig, object));
}

std::optional<Rail> ReadNetworkAttachmentDefinition(const Json& object) {
  return Known(ReadRail(RailSource::kNetworkAttachmentDefinition, object));
}

struct NamedNamespace {
  std::string name;
  NamespaceMeta meta;

  bool operator==(const NamedNamespace&) const = default;
};

std::optional<NamedNamespace> ReadNamedNamespace(const Json& object) {
  const auto meta = Known(ReadMeta(object));
  if (!meta) return std::nullopt;
  return NamedNamespace{meta->name, ReadNamespace(*meta)};
}

}  // namespace

struct ClusterRails::Impl {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::condition_variable_any paused;  // told nothing but the end
  bool dirty = false;                  // guarded by mutex
  bool synced = false;                 // guarded by mutex
  std::shared_ptr<const RailIndex> current =
      std::make_shared<const RailIndex>(ClusterObjects{});  // guarded by mutex

  Store<Rail> spider_multus_configs;
  Store<Rail> network_attachment_definitions;
  Store<NamedNamespace> namespaces;
  std::vector<std::pair<std::string, std::unique_ptr<Reflector>>> reflectors;
  std::jthread rebuilder;  // last: joined before what it uses goes

  explicit Impl(Transport& transport)
      : spider_multus_configs(ReadSpiderMultusConfig, [this] { Stale(); }),
        network_attachment_definitions(ReadNetworkAttachmentDefinition, [this] { Stale(); }),
        namespaces(ReadNamedNamespace, [this] { Stale(); }) {
    Start(transport, Selection::All(kSpiderMultusConfigs), spider_multus_configs);
    Start(transport, Selection::All(kNetworkAttachmentDefinitions), network_attachment_definitions);
    Start(transport, Selection::AllMetadata(kNamespaces), namespaces);
    rebuilder = std::jthread([this](std::stop_token stop) { Rebuild(stop); });
  }

  void Start(Transport& transport, Selection selection, ObjectSink& sink) {
    std::string name(selection.type.plural);
    reflectors.emplace_back(std::move(name),
                            std::make_unique<Reflector>(transport, std::move(selection), sink));
  }

  void Stale() {
    const std::lock_guard lock(mutex);
    dirty = true;
    wake.notify_one();
  }

  bool Complete() const {
    return spider_multus_configs.synced() && network_attachment_definitions.synced() &&
           namespaces.synced();
  }

  // Changes that come while an index is made, or in the pause after it, go into the next one
  // together. The pause is long enough for a stream of changes to cost at most a tenth of a core.
  void Rebuild(const std::stop_token& stop) {
    std::unique_lock lock(mutex);
    while (wake.wait(lock, stop, [this] { return dirty; })) {
      dirty = false;
      lock.unlock();
      const auto start = std::chrono::steady_clock::now();
      if (Complete()) Publish();
      const auto pause = 9 * (std::chrono::steady_clock::now() - start);
      lock.lock();
      paused.wait_for(lock, stop, std::min<Duration>(pause, kLongestPause), [] { return false; });
    }
  }

  // The index before may take a while to go, so it goes after the lock.
  void Publish() {
    auto made = std::make_shared<const RailIndex>(Collect());
    const std::lock_guard lock(mutex);
    current.swap(made);
    synced = true;
  }

  ClusterObjects Collect() const {
    ClusterObjects objects;
    spider_multus_configs.ForEach([&](const std::string&, const SharedRail& rail) {
      objects.spider_multus_configs.push_back(rail);
    });
    network_attachment_definitions.ForEach([&](const std::string&, const SharedRail& rail) {
      objects.network_attachment_definitions.push_back(rail);
    });
    namespaces.ForEach([&](const std::string&, const auto& one) {
      objects.namespaces.emplace(one->name, one->meta);
    });
    return objects;
  }
};

ClusterRails::ClusterRails(Transport& transport) : impl_(std::make_unique<Impl>(transport)) {}

ClusterRails::~ClusterRails() = default;

std::shared_ptr<const RailIndex> ClusterRails::Current() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->current;
}

bool ClusterRails::synced() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->synced;
}

std::vector<ClusterRails::Part> ClusterRails::parts() const {
  std::vector<Part> parts;
  for (const auto& [name, reflector] : impl_->reflectors)
    parts.push_back({name, reflector->status()});
  return parts;
}

}  // namespace railhook

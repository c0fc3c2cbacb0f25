#include "vfmanager/agent.h"

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "vfmanager/cluster_view.h"
#include "vfmanager/kernel_events.h"
#include "vfmanager/node_keeper.h"

namespace railhook {
namespace {

constexpr std::chrono::milliseconds kSettle(200);  // for changes that come together

}  // namespace

struct Agent::Impl {
  Transport& transport;
  const AgentOptions options;
  mutable std::mutex mutex;
  bool changed = false;  // guarded by mutex, as is the next
  AgentStatus told;
  std::condition_variable_any wake;
  ClusterView cluster;
  NicEvents nics;
  std::jthread thread;  // last: joined before what it uses goes

  Impl(Transport& to, AgentOptions how)
      : transport(to),
        options(std::move(how)),
        cluster(transport, options.name_space, options.node, [this] { Wake(); }),
        nics([this] { Wake(); }),
        thread([this](const std::stop_token& stop) { Run(stop); }) {}

  void Wake() {
    const std::lock_guard lock(mutex);
    changed = true;
    wake.notify_all();
  }

  void Run(const std::stop_token& stop) {
    NodeKeeper keeper(transport, options, stop);
    while (!stop.stop_requested()) {
      const auto pause = keeper.Look(cluster.Picture());
      Tell(keeper.status());
      Wait(pause, stop);
    }
  }

  void Tell(AgentStatus status) {
    if (auto trouble = cluster.trouble(); !trouble.empty()) status.trouble = std::move(trouble);
    const std::lock_guard lock(mutex);
    told = std::move(status);
  }

  // Until something changes, `longest` at most.
  void Wait(std::chrono::milliseconds longest, const std::stop_token& stop) {
    std::unique_lock lock(mutex);
    const bool heard = wake.wait_for(lock, stop, longest, [this] { return changed; });
    if (heard) wake.wait_for(lock, stop, kSettle, [] { return false; });
    changed = false;
  }
};

Agent::Agent(Transport& transport, AgentOptions options)
    : impl_(std::make_unique<Impl>(transport, std::move(options))) {}

Agent::~Agent() = default;

AgentStatus Agent::status() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->told;
}

}  // namespace railhook

#pragma once
// Keeps one NetworkAttachmentDefinition for each SpiderMultusConfig.

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "k8sclient/lease.h"
#include "k8sclient/transport.h"
#include "k8sclient/warning_events.h"

namespace railhook {

struct Ipam;

// Of SpiderMultusConfigs.
struct NetworkCounts {
  std::size_t kept = 0;     // have their network
  std::size_t pending = 0;  // will have it in a moment, or writing fails
  std::size_t refused = 0;  // don't get it, as it is somebody else's
  std::size_t invalid = 0;  // make none
};

// Writes since the start.
struct NetworkWrites {
  long successes = 0;
  long failures = 0;
};

// Works while this replica leads and networks are to be kept, else it knows nothing and asks the
// API server nothing. It reacts to changes of either kind within a second, and writes at most once
// for each: not at all where nothing differs, as after another has led. What fails is tried again
// after a pause that grows to half a minute. It stays idle while Spiderpool's own webhook for
// SpiderMultusConfigs is registered, and until it is known whether it is.
//
// Needs list, watch and get of SpiderMultusConfigs; list, watch, get, create, patch and delete of
// NetworkAttachmentDefinitions; list and watch of both kinds of webhook configurations.
//
// Safe to use from any thread.
class NetworkController {
 public:
  // How networks get their addresses; null: no networks are to be kept. Asked four times a second.
  using Wanted = std::function<std::shared_ptr<const Ipam>()>;

  // Starts. The references must outlive it.
  NetworkController(Transport& transport, const LeaderElector& leader, Wanted wanted);
  ~NetworkController();

  NetworkCounts counts() const;  // zeros where it doesn't work
  NetworkWrites creations() const;
  NetworkWrites patches() const;
  NetworkWrites deletions() const;

  // What is wrong with SpiderMultusConfigs that have no network, or an older one.
  std::vector<Warning> Warnings() const;

  // Why it leaves networks alone though it is to keep them; "" where it doesn't.
  std::string idle() const;

  // What goes wrong; "" where all is well.
  std::string trouble() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace railhook

#pragma once
// Tells the owners of namespaces that name a class in vain.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "k8sclient/lease.h"
#include "k8sclient/transport.h"

namespace railhook {

// While this replica leads, writes a Warning Event about each namespace that `find` names, within
// five seconds and again every ten minutes. One that can't have an Event, as it is ending, delays
// the others' by three seconds at most once a minute. Needs create and patch of Events.
class NamespaceEvents {
 public:
  // Starts a thread, on which `find` is called. The references must outlive it.
  NamespaceEvents(Transport& transport, const LeaderElector& leader,
                  std::function<std::vector<std::string>()> find);
  ~NamespaceEvents();

  // Why an Event can't be written; "" where all can. Safe to call from any thread.
  std::string trouble() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace railhook

#pragma once
// Tells the owners of objects what is wrong with them.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "k8sclient/event_recorder.h"
#include "k8sclient/lease.h"
#include "k8sclient/transport.h"

namespace railhook {

struct Warning {
  EventSubject subject;
  std::string reason;   // one word in CamelCase
  std::string message;  // a sentence for people
};

// While this replica leads, writes a Warning Event about each object that `find` names, within
// five seconds and again every ten minutes. One that can't have an Event, as its namespace is
// ending, delays the others' by three seconds at most once a minute. Needs create and patch of
// Events.
class WarningEvents {
 public:
  // Starts a thread, on which `find` is called. The references must outlive it.
  WarningEvents(Transport& transport, const LeaderElector& leader,
                std::function<std::vector<Warning>()> find);
  ~WarningEvents();

  // Why an Event can't be written; "" where all can. Safe to call from any thread.
  std::string trouble() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace railhook

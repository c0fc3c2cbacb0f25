#pragma once
// Who of several replicas leads (coordination.k8s.io/v1 Lease).

#include <chrono>
#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "base/result.h"
#include "k8sclient/transport.h"

namespace railhook {

struct LeaseTimes {
  std::chrono::milliseconds duration{15'000};        // how long others leave a silent leader alone
  std::chrono::milliseconds renew_deadline{10'000};  // how long it counts itself leader meanwhile
  std::chrono::milliseconds retry{2'000};            // between two looks
};

// What a Lease says.
struct LeaseRecord {
  std::string holder;  // "" where nobody holds it
  std::string renewed;
  std::chrono::seconds duration{0};
  std::int64_t transitions = 0;

  bool operator==(const LeaseRecord&) const = default;
};

LeaseRecord ReadLease(const nlohmann::json& lease);

// What a candidate does about a Lease that has stood as it is for `unchanged` (by the candidate's
// own clock; the clocks of others don't count).
enum class LeaseMove { kRenew, kTake, kLeave };
LeaseMove Judge(const LeaseRecord& record, const std::string& self,
                std::chrono::milliseconds unchanged);

// Stands for election on a thread of its own.
class LeaderElector {
 public:
  // `identity` tells the candidates apart: the pod's name. `transport` must outlive it.
  LeaderElector(Transport& transport, std::string name_space, std::string name,
                std::string identity, LeaseTimes times = {});

  // Resigns.
  ~LeaderElector();

  // Stands no more, and gives the Lease back if it is held, so that another replica leads at once.
  void Resign();

  // Whether this replica leads now. Never true on two at once, as long as their clocks run equally
  // fast. Safe to call from any thread.
  bool leading() const;

  // Why it can't stand; "" where it can. Safe to call from any thread.
  std::string trouble() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace railhook

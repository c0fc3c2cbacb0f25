#pragma once
// All of a serving railhook that needs a cluster.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "certs/certificate_source.h"
#include "certs/lifetimes.h"
#include "cli/cluster_policies.h"
#include "multus/network_controller.h"
#include "multus/rail_index.h"
#include "webhook/inject/config.h"
#include "webhook/server/metrics.h"

namespace railhook {

struct ClusterSideOptions {
  std::string kubeconfig;   // "": the cluster that it runs in
  std::string context;      // of the kubeconfig, never without one; "": its current one
  std::string service;      // by which API servers call; names the Secret and the Lease as well
  bool certificate = true;  // keep a certificate in a Secret, and the caBundle
  bool policies = false;    // watch SriovNetworkNodePolicies and SriovNetworkPoolConfigs
  LifetimesSource lifetimes = [] { return Lifetimes{}; };  // of that certificate
  NetworkController::Wanted networks = [] { return nullptr; };
};

// The rails, the shared certificate, the election of a leader and what a leader does. Safe to use
// from any thread.
class ClusterSide {
 public:
  using ConfigSource = std::function<std::shared_ptr<const InjectConfig>()>;

  // Starts; returns before anything is known of the cluster, which may be down. Errors are those of
  // the configuration of the client. `metrics` must outlive it.
  static Result<std::unique_ptr<ClusterSide>> Start(const ClusterSideOptions& options,
                                                    ConfigSource config, Metrics& metrics);
  ~ClusterSide();

  // Lets another replica lead, and looks no more, as this one is about to end.
  void Leave();

  // The rails; null until all of them are known.
  std::shared_ptr<const RailIndex> Rails() const;

  using TimePoint = std::chrono::steady_clock::time_point;

  // The rails as the API server has them, no older than `asked`; see LiveRails. Blocks.
  Result<std::shared_ptr<const RailIndex>> Live(const std::string& subject,
                                                const std::string& name_space, TimePoint asked);

  // The SriovNetworkNodePolicies and SriovNetworkPoolConfigs; none until all of them are known.
  // Empty where they aren't watched.
  std::optional<SriovObjects> Policies() const;

  // The certificate that is kept in a Secret; null where it isn't kept here.
  CertificateSource* certificates() const;

  // What isn't as it should be, one line each, for people; and those of the certificate alone.
  std::vector<std::string> Troubles() const;
  std::vector<std::string> CertificateTroubles() const;

 private:
  struct Impl;
  explicit ClusterSide(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace railhook

#include "cli/samples.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "certs/ca_end.h"

namespace railhook {
namespace {

template <typename Number>
Metrics::Sample SampleOf(std::map<std::string, std::string> labels, Number value) {
  return {std::move(labels), static_cast<double>(value)};
}

}  // namespace

Samples ByResult(long successes, long failures) {
  return {SampleOf({{"result", "success"}}, successes),
          SampleOf({{"result", "failure"}}, failures)};
}

Samples ByCode(const std::map<int, long>& answers) {
  Samples samples;
  for (const auto& [code, count] : answers)
    samples.push_back(SampleOf({{"code", std::to_string(code)}}, count));
  return samples;
}

Samples ByState(const ConnectionCounts& counts) {
  return {SampleOf({{"state", "unproven"}}, counts.unproven),
          SampleOf({{"state", "idle"}}, counts.idle), SampleOf({{"state", "busy"}}, counts.busy),
          SampleOf({{"state", "leaving"}}, counts.leaving)};
}

Samples RejectionsByReason(const ConnectionCounts& counts) {
  return {SampleOf({{"reason", "limit"}}, counts.over_limit),
          SampleOf({{"reason", "address_limit"}}, counts.over_address_limit),
          SampleOf({{"reason", "descriptors"}}, counts.over_descriptors)};
}

Samples RefusalsByReason(const HttpServer& server) {
  const auto sample = [&](const char* name, RefusalReason reason) {
    return SampleOf({{"reason", name}}, server.refusals(reason));
  };
  return {sample("overload", RefusalReason::kOverload), sample("memory", RefusalReason::kMemory),
          sample("draining", RefusalReason::kDraining),
          sample("client_certificate", RefusalReason::kClientCertificate)};
}

Samples ObjectsByKind(const RailIndex* index) {
  static const RailIndex kNone{ClusterObjects()};
  const RailIndex& known = index ? *index : kNone;
  const auto count = [&](RailSource source) {
    const auto rails = known.rails();
    return std::count_if(rails.begin(), rails.end(),
                         [&](const Rail& rail) { return rail.source == source; });
  };
  return {SampleOf({{"kind", "spidermultusconfigs"}}, count(RailSource::kSpiderMultusConfig)),
          SampleOf({{"kind", "network-attachment-definitions"}},
                   count(RailSource::kNetworkAttachmentDefinition)),
          SampleOf({{"kind", "namespaces"}}, known.namespaces().size())};
}

Samples EndsByCert(const Certificate* certificate) {
  const auto ca = certificate ? CaEnd(*certificate) : std::nullopt;
  return {SampleOf({{"cert", "leaf"}}, certificate ? certificate->not_after : 0),
          SampleOf({{"cert", "ca"}}, ca.value_or(0))};
}

Samples LastEventsByKind(const std::vector<ClusterRails::Part>& parts) {
  Samples samples;
  for (const auto& [resource, status] : parts) {
    const std::chrono::duration<double> heard = status.heard.time_since_epoch();
    samples.push_back(SampleOf({{"kind", resource}}, heard.count()));
  }
  return samples;
}

Samples RestartsByReason(const std::vector<ClusterRails::Part>& parts) {
  Samples samples;
  for (const auto& [resource, status] : parts) {
    for (const auto& [reason, times] : {std::pair("ended", status.ended),
                                        {"expired", status.expired},
                                        {"error", status.failures}}) {
      samples.push_back(SampleOf({{"kind", resource}, {"reason", reason}}, times));
    }
  }
  return samples;
}

Samples ByState(const NetworkCounts& counts) {
  return {SampleOf({{"state", "kept"}}, counts.kept),
          SampleOf({{"state", "pending"}}, counts.pending),
          SampleOf({{"state", "refused"}}, counts.refused),
          SampleOf({{"state", "invalid"}}, counts.invalid)};
}

Samples WritesByVerb(const NetworkController& networks) {
  Samples samples;
  for (const auto& [verb, writes] : {std::pair("create", networks.creations()),
                                     {"patch", networks.patches()},
                                     {"delete", networks.deletions()}}) {
    samples.push_back(SampleOf({{"verb", verb}, {"result", "success"}}, writes.successes));
    samples.push_back(SampleOf({{"verb", verb}, {"result", "failure"}}, writes.failures));
  }
  return samples;
}

}  // namespace railhook

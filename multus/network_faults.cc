#include "multus/network_faults.h"

#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "k8sclient/list_each.h"
#include "k8sclient/object.h"
#include "k8sclient/watch/store.h"
#include "multus/ipam.h"
#include "multus/network_step.h"
#include "multus/network_writer.h"

namespace railhook {
namespace {

using Objects = std::map<std::string, Json>;  // by "namespace/name"

Result<Objects> ListByName(const KubeClient& client, const ResourceType& type) {
  Objects objects;
  const auto listed = ListEach(client, Selection::All(type),
                               [&](const Json& object) { objects.emplace(KeyOf(object), object); });
  if (listed || listed.error().code == ErrorCode::kNotFound) return objects;
  return tl::unexpected(listed.error());
}

std::string NetworkIdOf(const Json& smc) {
  return TextMember(Member(&smc, "metadata"), "namespace") + '/' + NetworkNameOf(smc);
}

// "" where all is well.
std::string FaultOf(const Json& smc, const Result<Json>& desired, const Json* network, bool kept) {
  const NetworkStep step = NextNetworkStep(&smc, desired, network, false);
  const std::string subject = "the NetworkAttachmentDefinition " + Quoted(NetworkNameOf(smc));
  if (step.move == NetworkMove::kCreate)
    return subject + " isn't there, so Multus can't attach pods to it";
  const bool anybodys = network == nullptr || ControllerOf(*network) == nullptr;
  if (step.move == NetworkMove::kRefuse) return kept || !anybodys ? step.why : "";
  const bool differs = step.move == NetworkMove::kUpdate || step.move == NetworkMove::kTakeOver;
  return kept && differs ? subject + " isn't as it is to be yet: " + step.why : "";
}

}  // namespace

Result<std::map<std::string, std::string>> FindNetworkFaults(const KubeClient& client,
                                                             std::shared_ptr<const Ipam> kept) {
  std::map<std::string, std::string> faults;
  const Objects smcs = TRY(ListByName(client, kSpiderMultusConfigs));
  const Objects networks = TRY(ListByName(client, kNetworkAttachmentDefinitions));
  const NetworkMaker make = NetworksWith(kept ? kept : std::make_shared<const Ipam>());
  for (const auto& [id, smc] : smcs) {
    const auto network = networks.find(NetworkIdOf(smc));
    std::string fault = FaultOf(
        smc, make(smc), network == networks.end() ? nullptr : &network->second, kept != nullptr);
    if (!fault.empty()) faults.emplace(id, std::move(fault));
  }
  return faults;
}

}  // namespace railhook

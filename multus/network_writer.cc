#include "multus/network_writer.h"

#include <optional>
#include <utility>

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "k8sclient/object.h"
#include "k8sclient/watch/watch_event.h"
#include "multus/network_generation.h"
#include "multus/rail.h"
#include "multus/rail_annotations.h"

namespace railhook {
namespace {

std::string TextOf(const Json& object, std::string_view field) {
  return TextMember(Member(&object, "metadata"), field);
}

// None where there is no such object.
Result<std::optional<Json>> Find(const KubeClient& client, const ResourceType& type,
                                 const std::string& name_space, const std::string& name) {
  auto found = client.Get(type, name_space, name);
  if (found) return std::optional<Json>(*std::move(found));
  if (found.error().code == ErrorCode::kNotFound) return std::optional<Json>();
  return tl::unexpected(found.error());
}

std::string_view Done(NetworkMove move) {
  switch (move) {
    case NetworkMove::kCreate:
      return "made a network";
    case NetworkMove::kUpdate:
      return "mended a network";
    case NetworkMove::kTakeOver:
      return "took over a network";
    default:
      return "removed a network";
  }
}

NetworkRefusal RefusalOf(const Json& smc, std::string why) {
  return {TextOf(smc, "name"), TextOf(smc, "uid"), std::move(why)};
}

// Of SpiderMultusConfigs that want the network which another one has.
void RefuseOthers(const std::vector<Json>& claimants, std::size_t holder,
                  std::vector<NetworkRefusal>& refusals) {
  for (std::size_t i = 0; i < claimants.size(); ++i) {
    if (i == holder) continue;
    refusals.push_back(RefusalOf(
        claimants[i], "the NetworkAttachmentDefinition " + Quoted(NetworkNameOf(claimants[i])) +
                          " is that of SpiderMultusConfig " +
                          Quoted(TextOf(claimants[holder], "name")) + ": write another name in " +
                          AnnotationField(kCrNameAnnotation) + " of one of the two"));
  }
}

}  // namespace

NetworkMaker NetworksWith(std::shared_ptr<const Ipam> ipam) {
  return [ipam = std::move(ipam)](const Json& smc) { return NetworkOf(smc, *ipam); };
}

// What a network depends on, as it is now.
struct NetworkWriter::Look {
  std::vector<Json> claimants;
  std::size_t holder = 0;  // among the claimants, where there are any
  Result<Json> desired = Json();
  std::optional<Json> existing;
  bool released = false;

  const Json* smc() const { return claimants.empty() ? nullptr : &claimants[holder]; }
  const Json* network() const { return existing ? &*existing : nullptr; }
};

NetworkWriter::NetworkWriter(const KubeClient& client, const NetworkMaker& make,
                             std::function<bool()> may_write)
    : client_(client), make_(make), may_write_(std::move(may_write)) {}

Result<NetworkWriter::Look> NetworkWriter::LookAt(const NetworkTask& task) const {
  Look look;
  for (const std::string& name : task.claimants) {
    auto smc = TRY(Find(client_, kSpiderMultusConfigs, task.name_space, name));
    if (smc && NetworkNameOf(*smc) == task.name) look.claimants.push_back(*std::move(smc));
  }
  if (task.exists)  // if not, an API server will say that it does
    look.existing = TRY(Find(client_, kNetworkAttachmentDefinitions, task.name_space, task.name));
  if (!look.claimants.empty()) {
    look.holder = HolderOf(look.claimants, look.network());
    look.desired = make_(look.claimants[look.holder]);
  }
  if (task.owner.empty() || !look.existing) return look;
  const auto owner = TRY(Find(client_, kSpiderMultusConfigs, task.name_space, task.owner));
  const Json* controller = ControllerOf(*look.existing);
  look.released = owner && TextMember(controller, "uid") == TextOf(*owner, "uid") &&
                  NetworkNameOf(*owner) != task.name && make_(*owner);
  return look;
}

Result<NetworkOutcome> NetworkWriter::Settle(
    const NetworkTask& task, const std::function<void(NetworkMove, bool)>& tried) const {
  const Look look = TRY(LookAt(task));
  NetworkStep step = NextNetworkStep(look.smc(), look.desired, look.network(), look.released);
  NetworkOutcome outcome;
  RefuseOthers(look.claimants, look.holder, outcome.refusals);
  if (step.move == NetworkMove::kRefuse)
    outcome.refusals.push_back(RefusalOf(*look.smc(), std::move(step.why)));
  if (step.move == NetworkMove::kRefuse || step.move == NetworkMove::kNothing || !may_write_())
    return outcome;
  const auto written = Write(task, look, step.move);
  tried(step.move, written.has_value());
  if (!written) return tl::unexpected(written.error());
  Log(LogLevel::kInfo, Done(step.move), {{"network", task.Id()}, {"changed", step.why}});
  outcome.move = step.move;
  return outcome;
}

Result<> NetworkWriter::Write(const NetworkTask& task, const Look& look, NetworkMove move) const {
  constexpr const ResourceType& kType = kNetworkAttachmentDefinitions;
  if (move == NetworkMove::kDelete)
    return client_.DeleteUnchanged(kType, task.name_space, *look.existing);
  if (move == NetworkMove::kCreate) {
    TRY(client_.Create(kType, task.name_space, *look.desired));
    return {};
  }
  Json patch = DifferenceOf(*look.desired, *look.existing);
  patch["metadata"]["resourceVersion"] = ResourceVersionOf(*look.existing);
  TRY(client_.Patch(kType, task.name_space, task.name, PatchKind::kMerge, patch));
  return {};
}

}  // namespace railhook

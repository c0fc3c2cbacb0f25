#include "vfmanager/node_keeper.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/files.h"
#include "base/log.h"
#include "base/text.h"
#include "vfmanager/cordon.h"
#include "vfmanager/observe.h"
#include "vfmanager/offered_file.h"
#include "vfmanager/rdma_mode.h"

namespace railhook {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kSoon(200);  // until a watch tells what was just written
constexpr milliseconds kWhilePodsEnd(2'000);
constexpr milliseconds kForOthers(5'000);  // a slot, an API server
constexpr auto kPoliciesFile = "policies.json";
constexpr mode_t kEverybodyReads = 0644;
constexpr std::size_t kLongestEvent = 1000;  // an API server takes 1024 bytes

std::string_view TextOf(AgentMove move) {
  switch (move) {
    case AgentMove::kObserve:
      return "observing";
    case AgentMove::kApply:
      return "changing VFs";
    case AgentMove::kTakeSlot:
      return "asking for a turn to drain";
    case AgentMove::kCordon:
      return "cordoning the node";
    case AgentMove::kEvict:
      return "evicting pods";
    case AgentMove::kUncordon:
      return "uncordoning the node";
    case AgentMove::kGiveSlot:
      return "giving the turn to drain back";
    case AgentMove::kRest:
      break;
  }
  return "resting";
}

int CountVfs(const HostState& host) {
  int vfs = 0;
  for (const PhysicalFunction& pf : host.pfs) vfs += pf.num_vfs;
  return vfs;
}

Result<> Remove(const std::filesystem::path& file) {
  std::error_code error;
  std::filesystem::remove(file, error);
  if (!error) return {};
  return Fail(ErrorCode::kUnavailable, file.string() + " can't be removed: " + error.message());
}

void LogStep(const PfPlan& pf, const Step& step) {
  Log(LogLevel::kDebug, "step", {{"pf", pf.name}, {"reason", step.reason}});
}

}  // namespace

NodeKeeper::NodeKeeper(Transport& transport, const AgentOptions& options, std::stop_token stop)
    : options_(options),
      stop_(std::move(stop)),
      client_(transport, stop_),
      drainer_(client_, options.name_space, options.node),
      writer_(client_, options.name_space, options.node),
      events_(client_, "railhook-vfmanager") {
  offer_.withheld = true;
  auto offered = ReadOffered(options_.paths);
  if (offered)
    offer_.desired = saved_offer_ = std::move(offered).Take();
  else
    Note("reading what was offered", tl::unexpected(offered.error()));
}

milliseconds NodeKeeper::Look(ClusterPicture cluster) {
  const NodeLook look = Observed(std::move(cluster));
  ++status_.looks;
  const auto notice = AfterLookAt(look);
  Report(look);
  TellOf(notice);
  const AgentMove move = NextMove(ViewOf(look, memory_, backoff_.IsDue(Backoff::Clock::now())));
  const auto made = Make(move, look);
  const bool lost_race = !made && made.error().code == ErrorCode::kConflict;
  const bool failed = !made && !lost_race && !stop_.stop_requested();
  memory_.failed_move = failed ? std::string(TextOf(move)) + ": " + made.error().message : "";
  if (failed) Log(LogLevel::kWarning, "a move failed", {{"error", memory_.failed_move}});
  return made ? *made : lost_race ? kSoon : kForOthers;
}

NodeLook NodeKeeper::Observed(ClusterPicture cluster) {
  NodeLook look;
  look.cluster = std::move(cluster);
  if (const auto filled = Fill(look); !filled) look.failed = filled.error().message;
  return look;
}

// An API server that is away keeps it from knowing about slots and pods, not from what needs none.
Result<> NodeKeeper::Fill(NodeLook& look) {
  const auto netlink = options_.netlink();
  look.host = TRY(Observe(options_.paths, *netlink));
  if (!look.cluster.unknown.empty()) return {};
  if (!options_.take_over) look.conflict = ConflictIn(look.cluster);
  look.wanted = WantedOf(look.cluster, look.host);
  look.allocations = ReadDeviceCheckpoint(options_.paths.kubelet);
  Save(look);
  if (look.wanted != tried_) {
    backoff_.Reset();
    memory_.reboot.clear();
    tried_ = look.wanted;
  }
  const auto owned = ReadOwned(options_.paths);
  const auto identities = ReadIdentities(options_.paths.guids);
  const std::optional<RdmaMode> mode =
      look.wanted.pool ? look.wanted.pool->rdma_mode : std::nullopt;
  const RdmaMode at_boot = ReadRdmaModeAtBoot(options_.paths).mode;
  look.left_alone = drivers_.JustUnbound(look.host, DriverWatch::Clock::now());
  look.plan =
      MakePlan({look.wanted.desired, mode, at_boot, look.host, owned, identities, look.left_alone});
  if (!look.wanted.complete)
    look.plan =
        WithoutVanishing(std::move(look.plan), "all policies and pools of this node can be read");
  if (!look.plan.rdma_mode) memory_.reboot.clear();
  FindHolders(look);
  const auto slot = drainer_.HasSlot(look.cluster.node.cordoned_by_us);
  look.has_slot = slot && *slot;
  if (!ViewOf(look, memory_, true).unfinished) backoff_.Succeeded(Backoff::Clock::now());
  memory_.tries = backoff_.failures();
  Note("looking for a turn to drain", slot ? Result<>() : Result<>(tl::unexpected(slot.error())));
  return {};
}

// Where it isn't known who holds the VFs, they stay.
void NodeKeeper::FindHolders(NodeLook& look) const {
  look.parts = {look.plan, {}};
  if (!TakesVfsAway(look.plan)) return;
  if (!look.allocations) {
    look.plan = WithoutVanishing(look.plan,
                                 "it is known who holds them: " + look.allocations.error().message);
    look.parts = {look.plan, {}};
    return;
  }
  const auto pods = drainer_.Pods();
  look.parts = pods ? Part(look.plan, look.host, look.wanted.desired, options_.resource_prefix,
                           *pods, *look.allocations)
                    : PartWithoutPods(look.plan);
}

// For the unit that makes the VFs when the node starts, before there are pods and an API server.
// Beside another operator it isn't to make any.
void NodeKeeper::Save(const NodeLook& look) {
  const auto file = options_.paths.state / kPoliciesFile;
  if (!look.conflict.empty()) {
    saved_.clear();
    return Note("removing the saved policies", Remove(file));
  }
  if (!look.wanted.complete) return;
  std::string text = TextOfPolicies(look.cluster, look.wanted);
  if (text == saved_) return;
  const auto written = ReplaceFile(file, text, kEverybodyReads);
  if (written) saved_ = std::move(text);
  Note("saving the policies", written);
}

Result<milliseconds> NodeKeeper::Make(AgentMove move, const NodeLook& look) {
  switch (move) {
    case AgentMove::kApply:
      return ApplyFree(look);
    case AgentMove::kTakeSlot:
      return TakeSlot(look);
    case AgentMove::kCordon:
      TRY(Cordon(client_, options_.node));
      return kSoon;
    case AgentMove::kEvict:
      return EvictHolders(look);
    case AgentMove::kUncordon:
      TRY(Uncordon(client_, options_.node));
      return kSoon;
    case AgentMove::kGiveSlot:
      TRY(drainer_.GiveSlot());
      return kSoon;
    case AgentMove::kObserve:
    case AgentMove::kRest:
      break;
  }
  memory_.waited.clear();
  memory_.slots_held_by.clear();
  return Rest(look);
}

Result<milliseconds> NodeKeeper::ApplyFree(const NodeLook& look) {
  ++status_.applies;
  const auto report =
      Apply(FreePlan(look, memory_), options_.paths, options_.netlink, LogStep, stop_);
  if (stop_.stop_requested()) return kSoon;
  ForgetDrivers(look);
  memory_.failures =
      report ? FailuresOf(*report) : std::vector<std::string>{report.error().message};
  if (report && report->reboot_needed) memory_.reboot = kWhyReboot;
  if (!memory_.failures.empty()) ++status_.failed_applies;
  backoff_.Failed(Backoff::Clock::now());  // until a look finds nothing left to be done
  memory_.tries = backoff_.failures();
  if (report) TellOf(*report);
  return milliseconds(0);
}

// What VFs lack after steps that were ours isn't left to others.
void NodeKeeper::ForgetDrivers(const NodeLook& look) {
  for (const PfPlan& plan : look.parts.free.pfs) {
    const PhysicalFunction* pf = look.host.Find(plan.address);
    if (pf != nullptr && !plan.steps.empty()) drivers_.Forget(*pf);
  }
}

Result<milliseconds> NodeKeeper::TakeSlot(const NodeLook& look) {
  memory_.slots_held_by = TRY(drainer_.TakeSlot(look.wanted.pool));
  return memory_.slots_held_by.empty() ? kSoon : kForOthers;
}

Result<milliseconds> NodeKeeper::EvictHolders(const NodeLook& look) {
  memory_.waited.clear();
  for (const HeldPf& pf : look.parts.held)
    if (pf.holders.empty()) TRY(drainer_.Pods());  // why they aren't known
  memory_.waited = TRY(drainer_.Evict(AllHolders(look.parts)));
  status_.evictions = drainer_.evictions();
  return kWhilePodsEnd;
}

milliseconds NodeKeeper::Rest(const NodeLook& look) const {
  const auto wait = backoff_.Wait(Backoff::Clock::now());
  milliseconds rest = options_.poll;
  if (!look.left_alone.empty()) rest = std::min<milliseconds>(rest, DriverWatch::kPatience);
  return wait.count() == 0 ? rest : std::min(wait, rest);
}

void NodeKeeper::Report(const NodeLook& look) {
  status_.report = ReportOf(SituationOf(look, memory_));
  status_.unready = Or(look.cluster.unknown, look.failed);
  status_.pfs = static_cast<int>(look.host.pfs.size());
  status_.vfs = CountVfs(look.host);
  if (look.cluster.node.uid.empty()) return;  // nothing is known of the cluster yet
  Note("writing the SriovNetworkNodeState",
       writer_.Write(look.cluster, look.host, look.wanted.desired, status_.report,
                     !look.conflict.empty()));
  TellOf(status_.report);
}

// While it isn't known what is wanted, or who holds VFs, what was offered last stays, with the
// health that the VFs have now.
Result<Notice> NodeKeeper::AfterLookAt(const NodeLook& look) {
  if (!look.failed.empty()) return Notice();
  const auto renewed = look.cluster.unknown.empty() ? RenewOffer(look) : Result<>();
  offer_.host = look.host;
  auto notice = options_.after_look(client_, offer_);
  TRY(renewed);
  return notice;
}

// Where pods can't be listed all count that kubelet has on record.
Result<> NodeKeeper::RenewOffer(const NodeLook& look) {
  offer_.withheld |= !look.conflict.empty();
  if (!look.conflict.empty()) return {};
  const auto allocations = TRY(look.allocations);
  VfOffer offer{StillOffered(offer_.desired, look.wanted.desired, look.wanted.unreadable),
                look.host, HoldersIn(allocations.value_or(DeviceAllocations()))};
  if (HoldersMatter(offer, options_.resource_prefix)) {
    if (const auto pods = drainer_.Pods()) offer.holders = StillThere(offer.holders, *pods);
  }
  offer_ = std::move(offer);
  SaveOffer();
  return {};
}

void NodeKeeper::SaveOffer() {
  if (offer_.desired == saved_offer_) return;
  const auto written = WriteOffered(options_.paths, offer_.desired);
  if (written) saved_offer_ = offer_.desired;
  Note("saving what is offered", written);
}

void NodeKeeper::TellOf(const Result<Notice>& notice) {
  Note("telling the device plugin", notice ? Result<>() : tl::unexpected(notice.error()));
  if (!notice || notice->text.empty()) return;
  Log(LogLevel::kInfo, notice->text);
  Note("writing Events", events_.Tell(writer_.subject(), notice->reason, notice->text));
}

// What fails is in the log once, and in the status until it is over.
void NodeKeeper::Note(std::string_view doing, const Result<>& done) {
  if (stop_.stop_requested() || (!done && done.error().code == ErrorCode::kConflict)) return;
  std::string& trouble = status_.trouble;
  const std::string mine = std::string(doing) + ": ";
  if (done) {
    if (trouble.starts_with(mine)) trouble.clear();
    return;
  }
  const std::string now = mine + done.error().message;
  if (now != trouble) Log(LogLevel::kWarning, "the agent is hindered", {{"error", now}});
  trouble = now;
}

// The recorder writes the same words once in ten minutes.
void NodeKeeper::TellOf(const NodeReport& report) {
  const EventSubject& subject = writer_.subject();
  for (const Condition& condition : report.conditions) {
    const std::string message = OneLine(condition.message, kLongestEvent);
    if (message.empty()) continue;
    const bool bad = condition.type == "Ready" ? condition.reason == "Failed"
                                               : condition.holds && condition.type != "Draining";
    if (bad) Note("writing Events", events_.Warn(subject, condition.reason, message));
    if (condition.type == "Draining" && condition.holds)
      Note("writing Events", events_.Tell(subject, condition.reason, message));
  }
}

void NodeKeeper::TellOf(const ApplyReport& report) {
  for (const PfOutcome& pf : report.pfs) {
    if (pf.steps_done == 0 || !pf.failures.empty()) continue;
    const std::string message =
        Or(pf.name, pf.address) + ": its VFs were changed in " + Count(pf.steps_done, "step");
    Log(LogLevel::kInfo, "changed VFs", {{"pf", Or(pf.name, pf.address)}});
    Note("writing Events", events_.Tell(writer_.subject(), "VfsChanged", message));
  }
}

}  // namespace railhook

#include "vfmanager/node_state_writer.h"

#include <utility>

#include "base/json.h"
#include "k8sclient/object.h"
#include "k8sclient/time_text.h"

namespace railhook {
namespace {

Json StatusIn(const std::string& text) {
  auto status = ParseJson(text, kAnyNumber);
  return status ? std::move(status).Take() : Json::object();
}

KnownNodeState Known(const Json& object) {
  KnownNodeState known;
  known.uid = TextMember(Member(&object, "metadata"), "uid");
  return known;
}

std::string Steady(const std::string& status) { return Compact(SteadyPart(StatusIn(status))); }

}  // namespace

NodeStateWriter::NodeStateWriter(const KubeClient& client, std::string name_space, std::string node)
    : client_(client),
      name_space_(std::move(name_space)),
      node_(std::move(node)),
      subject_{"sriovnetwork.openshift.io/v1", "SriovNetworkNodeState", name_space_, node_, ""} {}

Result<> NodeStateWriter::Write(const ClusterPicture& picture, const HostState& host,
                                const DesiredNode& desired, const NodeReport& report,
                                bool conflict) {
  const KnownNodeState there =
      picture.state
          ? *picture.state
          : Known(TRY(client_.Create(kSriovNetworkNodeStates, name_space_,
                                     NewNodeState(name_space_, node_, picture.node.uid))));
  subject_.uid = there.uid;
  Json status = conflict ? Json::object() : StatusOf(host, desired, report);
  const Json former = StatusIn(there.status);
  const Json* conditions = Member(&former, "conditions");
  status["conditions"] = ConditionsOf(report, conditions ? *conditions : Json(),
                                      SecondTime(std::chrono::system_clock::now()));
  if (!conflict) TRY(WriteAnnotations(there, report));
  return WriteStatus(there, std::move(status));
}

Result<> NodeStateWriter::WriteAnnotations(const KnownNodeState& there, const NodeReport& report) {
  const StringMap wanted = StateAnnotations(report);
  bool same = true;
  for (const auto& [key, value] : wanted) {
    const auto found = there.annotations.find(key);
    same = same && found != there.annotations.end() && found->second == value;
  }
  if (same) return {};
  TRY(client_.Patch(kSriovNetworkNodeStates, name_space_, node_, PatchKind::kMerge,
                    {{"metadata", {{"annotations", wanted}}}}));
  return {};
}

Result<> NodeStateWriter::WriteStatus(const KnownNodeState& there, Json status) {
  Json after = StatusIn(there.status);
  after.merge_patch(status);
  const bool same = Compact(SteadyPart(after)) == Steady(there.status);
  const std::string text = Compact(SteadyPart(status));
  if (same || (text == written_ && Steady(there.status) == answer_)) return {};
  const Json object =
      TRY(client_.PatchStatus(kSriovNetworkNodeStates, name_space_, node_, {{"status", status}}));
  const Json* answer = Member(&object, "status");
  written_ = text;
  answer_ = Compact(SteadyPart(answer ? *answer : Json::object()));
  return {};
}

}  // namespace railhook

#include "vfmanager/drain_slots.h"

#include <utility>
#include <vector>

#include "base/json.h"
#include "base/text.h"
#include "k8sclient/list_each.h"
#include "k8sclient/object.h"
#include "k8sclient/time_text.h"

namespace railhook {
namespace {

constexpr std::string_view kLabel = "vfmanager.railhook.io/drain-slot";
constexpr std::chrono::minutes kRenewAfter(1);

// An item of a list doesn't say what it is.
Json AsLease(Json object) {
  object["apiVersion"] = "coordination.k8s.io/v1";
  object["kind"] = "Lease";
  return object;
}

Json NewSlot(const std::string& name) {
  return AsLease({{"metadata", {{"name", name}, {"labels", {{kLabel, "true"}}}}}});
}

}  // namespace

std::string SlotName(const std::string& pool, int number) {
  return "vfmanager-drain." + (pool.empty() ? "" : pool + '.') + std::to_string(number);
}

DrainSlots::DrainSlots(const KubeClient& client, std::string name_space, std::string node)
    : client_(client), name_space_(std::move(name_space)), node_(std::move(node)) {}

Result<std::map<std::string, Json>> DrainSlots::List() const {
  Selection selection = Selection::All(kLeases);
  selection.name_space = name_space_;
  selection.label_selector = kLabel;
  std::map<std::string, Json> slots;
  TRY(ListEach(client_, selection, [&](const Json& lease) {
    slots[TextMember(Member(&lease, "metadata"), "name")] = AsLease(lease);
  }));
  return slots;
}

std::chrono::milliseconds DrainSlots::Unchanged(const std::string& name, const LeaseRecord& record,
                                                Clock::time_point now) {
  Seen& seen = seen_.try_emplace(name, Seen{record, now}).first->second;
  if (seen.record != record) seen = {record, now};
  return std::chrono::duration_cast<std::chrono::milliseconds>(now - seen.since);
}

Result<> DrainSlots::Write(Json lease, const std::string& holder, bool taken) const {
  const std::string now = MicroTime(std::chrono::system_clock::now());
  Json& spec = lease["spec"];
  spec["holderIdentity"] = holder;
  spec["leaseDurationSeconds"] = std::chrono::seconds(kDuration).count();
  spec["renewTime"] = now;
  if (taken) {
    spec["acquireTime"] = now;
    spec["leaseTransitions"] = IntegerMember(&spec, "leaseTransitions").value_or(0) + 1;
  }
  const bool exists = lease["metadata"].contains("resourceVersion");
  TRY(exists ? client_.Update(kLeases, name_space_, lease)
             : client_.Create(kLeases, name_space_, lease));
  return {};
}

Result<bool> DrainSlots::Hold(Clock::time_point now) {
  for (const auto& [name, lease] : TRY(List())) {
    const LeaseRecord record = ReadLease(lease);
    if (record.holder != node_) continue;
    if (Unchanged(name, record, now) >= kRenewAfter) TRY(Write(lease, node_, false));
    return true;
  }
  return false;
}

Result<std::string> DrainSlots::Take(const std::string& pool, int most, Clock::time_point now) {
  const auto slots = TRY(List());
  std::vector<std::string> holders;
  for (int number = 0; number < most; ++number) {
    const std::string name = SlotName(pool, number);
    const auto found = slots.find(name);
    const Json lease = found == slots.end() ? NewSlot(name) : found->second;
    const LeaseRecord record = ReadLease(lease);
    if (Judge(record, node_, Unchanged(name, record, now)) == LeaseMove::kLeave) {
      holders.push_back(record.holder);
      continue;
    }
    const auto written = Write(lease, node_, true);
    if (written) return "";
    if (written.error().code != ErrorCode::kConflict) return tl::unexpected(written.error());
    holders.emplace_back("another node");  // was faster
  }
  return Join(holders, ", ");
}

Result<> DrainSlots::Give() {
  for (const auto& [name, lease] : TRY(List()))
    if (ReadLease(lease).holder == node_) TRY(Write(lease, "", false));
  return {};
}

}  // namespace railhook

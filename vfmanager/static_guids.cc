// The static file of GUIDs.

#include <algorithm>
#include <set>

#include "base/json.h"
#include "base/text.h"
#include "k8sclient/object.h"
#include "policy/pci_address.h"
#include "vfmanager/identities.h"

namespace railhook {
namespace {

tl::unexpected<Error> Wrong(std::string text) { return Fail(ErrorCode::kInvalid, std::move(text)); }

// The value of a key in either of its spellings.
const Json* Either(const Json& entry, const char* camel, const char* snake) {
  const Json* value = Member(&entry, camel);
  return value != nullptr ? value : Member(&entry, snake);
}

Result<Guid> ReadGuid(const Json& value, const std::string& key) {
  const auto guid =
      value.is_string() ? Guid::Parse(value.get_ref<const std::string&>()) : std::optional<Guid>();
  if (guid && guid->IsSet()) return *guid;
  return Wrong(key + " is " + Compact(value) +
               ": write a GUID such as \"02:00:0f:f0:00:00:00:01\", neither all 0 nor all f");
}

Result<> CheckKeys(const Json& entry) {
  static const std::set<std::string, std::less<>> kKnown = {
      "pciAddress", "pci_address", "pfGuid", "pf_guid", "guids", "guidsRange", "guids_range"};
  for (const auto& [key, value] : entry.items()) {
    if (!kKnown.contains(key)) {
      return Wrong(Quoted(key) + " is no key of it: write " +
                   Join({kKnown.begin(), kKnown.end()}, ", "));
    }
  }
  return {};
}

Result<> ReadPf(const Json& entry, StaticGuids& guids) {
  const Json* address = Either(entry, "pciAddress", "pci_address");
  const Json* guid = Either(entry, "pfGuid", "pf_guid");
  if ((address == nullptr) == (guid == nullptr))
    return Wrong("it has to name its PF by one of pciAddress and pfGuid");
  if (guid != nullptr) {
    guids.pf_guid = TRY(ReadGuid(*guid, "pfGuid"));
    return {};
  }
  auto read = address->is_string() ? ReadPciAddress(address->get_ref<const std::string&>())
                                   : std::optional<std::string>();
  if (!read) {
    return Wrong("pciAddress is " + Compact(*address) +
                 ": write a PF's PCI address with its domain, such as \"0000:04:00.0\"");
  }
  guids.pci_address = *std::move(read);
  return {};
}

Result<> ReadList(const Json& list, StaticGuids& guids) {
  if (!list.is_array() || list.empty()) return Wrong("guids is no list of GUIDs");
  for (std::size_t i = 0; i < list.size(); ++i)
    guids.guids.push_back(TRY(ReadGuid(list[i], "guids[" + std::to_string(i) + ']')));
  return {};
}

Result<> ReadRange(const Json& range, StaticGuids& guids) {
  const Json* start = Member(&range, "start");
  const Json* end = Member(&range, "end");
  if (start == nullptr || end == nullptr) return Wrong("guidsRange needs start and end");
  guids.first = TRY(ReadGuid(*start, "guidsRange.start"));
  guids.last = TRY(ReadGuid(*end, "guidsRange.end"));
  if (guids.first <= guids.last) return {};
  return Wrong("guidsRange.start " + guids.first.Text() + " is above its end " + guids.last.Text());
}

Result<StaticGuids> ReadEntry(const Json& entry) {
  if (!entry.is_object()) return Wrong("it is no object");
  TRY(CheckKeys(entry));
  StaticGuids guids;
  TRY(ReadPf(entry, guids));
  const Json* list = Member(&entry, "guids");
  const Json* range = Either(entry, "guidsRange", "guids_range");
  if ((list == nullptr) == (range == nullptr))
    return Wrong("it has to have one of guids and guidsRange");
  TRY(list != nullptr ? ReadList(*list, guids) : ReadRange(*range, guids));
  return guids;
}

// From one GUID to another, and the entry that has them.
struct Span {
  Guid first;
  Guid last;
  std::size_t entry;

  auto operator<=>(const Span&) const = default;
};

std::vector<Span> SpansOf(const std::vector<StaticGuids>& all) {
  std::vector<Span> spans;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].guids.empty()) spans.push_back({all[i].first, all[i].last, i});
    for (const Guid& guid : all[i].guids) spans.push_back({guid, guid, i});
  }
  std::ranges::sort(spans);
  return spans;
}

// Two VFs of one GUID would get each other's packets.
Result<> CheckUnique(const std::vector<StaticGuids>& all) {
  const auto spans = SpansOf(all);
  for (std::size_t i = 1; i < spans.size(); ++i) {
    const Span &before = spans[i - 1], &span = spans[i];
    if (span.first > before.last) continue;
    const auto [first, second] = std::minmax(before.entry, span.entry);
    return Wrong("entry " + std::to_string(second) + ": GUID " + span.first.Text() +
                 " is there twice" +
                 (first == second ? "" : ", also in entry " + std::to_string(first)) +
                 ": each VF needs its own");
  }
  return {};
}

}  // namespace

Result<Identities> Identities::Parse(std::string_view text) {
  const Json file = TRY(ParseJson(text));
  if (!file.is_array()) return Wrong("it is no list of PFs with their GUIDs");
  Identities identities;
  for (std::size_t i = 0; i < file.size(); ++i) {
    auto entry = ReadEntry(file[i]);
    if (!entry) return Fail("entry " + std::to_string(i), entry.error());
    identities.guids_.push_back(*std::move(entry));
  }
  TRY(CheckUnique(identities.guids_));
  return identities;
}

}  // namespace railhook

#include "vfmanager/identities.h"

#include <algorithm>

#include "base/files.h"
#include "base/text.h"

namespace railhook {
namespace {

// A hash that will be the same for ever: FNV-1a, then the finalizer of SplitMix64, which spreads
// each bit of it over all.
std::uint64_t Hash(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3;
  }
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9;
  hash = (hash ^ (hash >> 27)) * 0x94d049bb133111eb;
  return hash ^ (hash >> 31);
}

// Two functions of a NIC may have one MAC, so their addresses count as well.
std::uint64_t HashOf(const std::string& hardware, const PhysicalFunction& pf, int vf) {
  return Hash(hardware + ' ' + pf.address + ' ' + std::to_string(vf));
}

Guid DerivedGuid(const PhysicalFunction& pf, int vf) {
  const bool has_guid = pf.rdma && pf.rdma->node_guid && pf.rdma->node_guid->IsSet();
  const std::string hardware = has_guid ? pf.rdma->node_guid->Text() : pf.permanent_mac.Text();
  constexpr std::uint64_t kFirstByte = 0x06ULL << 56;
  return {(HashOf(hardware, pf, vf) >> 8) | kFirstByte};
}

bool IsOf(const StaticGuids& entry, const PhysicalFunction& pf) {
  if (!entry.pci_address.empty()) return entry.pci_address == pf.address;
  return pf.rdma && pf.rdma->node_guid == entry.pf_guid;
}

}  // namespace

std::optional<Guid> StaticGuids::Of(int vf) const {
  const auto index = static_cast<std::uint64_t>(vf);
  if (!guids.empty()) {
    if (index >= guids.size()) return std::nullopt;
    return guids[index];
  }
  if (index > last.value - first.value) return std::nullopt;
  return Guid{first.value + index};
}

std::vector<std::string> Identities::Strays(const std::vector<PhysicalFunction>& pfs) const {
  std::vector<std::string> strays;
  for (const StaticGuids& entry : guids_) {
    const auto is_its = [&](const PhysicalFunction& pf) { return IsOf(entry, pf); };
    if (std::ranges::none_of(pfs, is_its)) {
      strays.push_back("the static GUIDs of " + Or(entry.pci_address, entry.pf_guid.Text()) +
                       " are for none of this node's PFs");
    }
  }
  return strays;
}

Guid Identities::GuidOf(const PhysicalFunction& pf, int vf) const {
  for (const StaticGuids& entry : guids_) {
    if (!IsOf(entry, pf)) continue;
    if (const auto guid = entry.Of(vf)) return *guid;
  }
  return DerivedGuid(pf, vf);
}

MacAddress Identities::MacOf(const PhysicalFunction& pf, int vf) {
  std::uint64_t hash = HashOf(pf.permanent_mac.Text(), pf, vf);
  MacAddress mac;
  for (std::uint8_t& byte : mac.bytes) {
    byte = static_cast<std::uint8_t>(hash);
    hash >>= 8;
  }
  mac.bytes[0] = static_cast<std::uint8_t>((mac.bytes[0] & 0xf0) | 0x06);
  return mac;
}

Result<Identities> ReadIdentities(const std::filesystem::path& file) {
  const auto text = ReadFile(file);
  if (!text && text.error().code == ErrorCode::kNotFound) return Identities();
  if (!text) return tl::unexpected(text.error());
  auto identities = Identities::Parse(*text);
  if (!identities) return Fail(file.string(), identities.error());
  return identities;
}

}  // namespace railhook

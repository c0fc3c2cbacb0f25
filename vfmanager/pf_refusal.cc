#include "vfmanager/pf_refusal.h"

#include <array>
#include <string>

#include "base/text.h"

namespace railhook {
namespace {

constexpr std::string_view kMellanox = "15b3";

std::string Wanted(const DesiredPf& desired) {
  return "policy " + Join(desired.policies, ", ") + ": ";
}

std::string Named(const PhysicalFunction& pf) {
  return pf.name.empty() ? pf.address : pf.name + " (" + pf.address + ')';
}

// The ports of a NIC are its PCI functions: "0000:04:00.1" is P2.
std::string PortOf(const PhysicalFunction& pf) {
  return "P" + std::to_string(pf.address.empty() ? 1 : pf.address.back() - '0' + 1);
}

std::string Firmware(const PhysicalFunction& pf, const std::string& setting,
                     std::string_view otherwise) {
  if (pf.vendor != kMellanox) return std::string(otherwise);
  return "run `mstconfig -d " + pf.address + " set " + setting + "` and restart the node";
}

std::string NoNetdev(const PhysicalFunction& pf) {
  if (pf.driver.empty())
    return pf.address +
           " has no driver, and without one the kernel makes no VFs (ENOENT): load it, or bind the "
           "PF again";
  if (pf.name.empty())
    return pf.address + " has no network device here: driver " + pf.driver +
           " made none, or it is in another network namespace";
  return "";
}

std::string TooManyVfs(const DesiredPf& desired, const PhysicalFunction& pf) {
  if (desired.num_vfs <= pf.total_vfs) return "";
  const std::string wanted = std::to_string(desired.num_vfs);
  return "numVfs " + wanted + " is above the " + std::to_string(pf.total_vfs) + " that " +
         Named(pf) + " can have (sriov_totalvfs): " +
         Firmware(pf, "SRIOV_EN=1 NUM_OF_VFS=" + wanted,
                  "raise it in the NIC's firmware and restart the node") +
         ", or write numVfs: " + std::to_string(pf.total_vfs);
}

std::string WrongLink(const DesiredPf& desired, const PhysicalFunction& pf) {
  if (!desired.link_type || !pf.link_type || desired.link_type == pf.link_type) return "";
  const bool infiniband = desired.link_type == LinkType::kInfiniBand;
  return "linkType " + std::string(TextOf(*desired.link_type)) + ", but " + Named(pf) + " is " +
         std::string(TextOf(*pf.link_type)) + ": " +
         Firmware(pf, "LINK_TYPE_" + PortOf(pf) + (infiniband ? "=1" : "=2"),
                  "it can't be changed from here") +
         ", or write linkType: " + std::string(TextOf(*pf.link_type));
}

std::string TooLargeMtu(const DesiredPf& desired, const PhysicalFunction& pf) {
  if (!desired.mtu || pf.max_mtu == 0 || *desired.mtu <= pf.max_mtu) return "";
  return "mtu " + std::to_string(*desired.mtu) + " is above the " + std::to_string(pf.max_mtu) +
         " that " + Named(pf) + " can have: write at most that";
}

std::string ForeignVfs(const DesiredPf& desired, const PhysicalFunction& pf, bool ours) {
  if (desired.externally_managed || ours || pf.num_vfs == 0 || pf.num_vfs == desired.num_vfs)
    return "";
  return "numVfs " + std::to_string(desired.num_vfs) + ", but somebody else made " +
         Count(static_cast<std::size_t>(pf.num_vfs), "VF") + " of " + Named(pf) +
         ", which are never removed: remove them (echo 0 > /sys/bus/pci/devices/" + pf.address +
         "/sriov_numvfs), or write numVfs: " + std::to_string(pf.num_vfs) +
         " or externallyManaged: true";
}

std::string TooFewForeign(const DesiredPf& desired, const PhysicalFunction& pf) {
  if (!desired.externally_managed) return "";
  if (pf.num_vfs < desired.num_vfs)
    return "externallyManaged and numVfs " + std::to_string(desired.num_vfs) + ", but " +
           Named(pf) + " has " + Count(static_cast<std::size_t>(pf.num_vfs), "VF") +
           ": make them, or write externallyManaged: false";
  if (desired.mtu && pf.mtu.value_or(0) < *desired.mtu)
    return "externallyManaged and mtu " + std::to_string(*desired.mtu) + ", but " + Named(pf) +
           " has " + std::to_string(pf.mtu.value_or(0)) +
           ": raise it, or write externallyManaged: false";
  return "";
}

}  // namespace

std::optional<Error> RefusalOf(const DesiredPf& desired, const PhysicalFunction& pf, bool ours) {
  for (const std::string& reason :
       {NoNetdev(pf), WrongLink(desired, pf), TooManyVfs(desired, pf), TooLargeMtu(desired, pf),
        ForeignVfs(desired, pf, ours), TooFewForeign(desired, pf)}) {
    if (!reason.empty()) return Error{ErrorCode::kInvalid, Wanted(desired) + reason};
  }
  return std::nullopt;
}

}  // namespace railhook

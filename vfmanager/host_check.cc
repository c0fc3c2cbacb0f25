#include "vfmanager/host_check.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/contains.h"
#include "base/text.h"
#include "vfmanager/name_with_address.h"
#include "vfmanager/route_check.h"

namespace railhook {
namespace {

using Findings = std::vector<HostFinding>;

std::string SubjectOf(const PhysicalFunction& pf) { return NameWithAddress(pf.name, pf.address); }

std::string NameOf(LinkType type) {
  return type == LinkType::kInfiniBand ? "InfiniBand" : "Ethernet";
}

const DesiredPf* WishFor(const PhysicalFunction& pf, const HostWishes& wishes) {
  if (!wishes.node) return nullptr;
  const auto& pfs = wishes.node->pfs;
  const auto found = std::find_if(pfs.begin(), pfs.end(),
                                  [&](const DesiredPf& one) { return one.address == pf.address; });
  return found == pfs.end() ? nullptr : &*found;
}

bool WantsRdma(const DesiredPf& wish) {
  return std::any_of(wish.groups.begin(), wish.groups.end(),
                     [](const VfGroup& group) { return group.is_rdma; });
}

bool IsRail(const PhysicalFunction& pf, const HostWishes& wishes) {
  if (!wishes.node) return pf.rdma.has_value();
  const DesiredPf* wish = WishFor(pf, wishes);
  return wish != nullptr && (pf.rdma || WantsRdma(*wish));
}

std::vector<const PhysicalFunction*> RailsOf(const HostState& state, const HostWishes& wishes) {
  std::vector<const PhysicalFunction*> rails;
  for (const PhysicalFunction& pf : state.pfs)
    if (IsRail(pf, wishes)) rails.push_back(&pf);
  return rails;
}

// The port of a NIC that a function is has the function's number.
std::string SetLinkType(const PhysicalFunction& pf, LinkType type) {
  const char port = static_cast<char>(pf.address.back() + 1);
  const char* value = type == LinkType::kInfiniBand ? "1" : "2";
  return "mstconfig -d " + pf.address + " set LINK_TYPE_P" + port + '=' + value + "  # then reboot";
}

void CheckLinkType(const PhysicalFunction& pf, const DesiredPf* wish, Findings& findings) {
  if (wish == nullptr || !wish->link_type || !pf.link_type || *wish->link_type == *pf.link_type)
    return;
  findings.push_back({Severity::kError, "link-type", SubjectOf(pf),
                      "is an " + NameOf(*pf.link_type) + " port, but policy " +
                          Join(wish->policies, ", ") + " wants " + NameOf(*wish->link_type),
                      "The NIC's firmware decides it. VFs of this PF would be of the wrong kind.",
                      SetLinkType(pf, *wish->link_type)});
}

void CheckRdmaDevice(const PhysicalFunction& pf, const DesiredPf* wish, Findings& findings) {
  if (pf.rdma || wish == nullptr || !WantsRdma(*wish)) return;
  const bool mellanox = pf.driver == "mlx5_core" || pf.vendor == "15b3";
  const std::string driver = pf.driver.empty() ? "no driver" : "the driver " + pf.driver;
  findings.push_back(
      {Severity::kError, "rdma-device", SubjectOf(pf),
       "has " + driver + " and no RDMA device, but policy " + Join(wish->policies, ", ") +
           " wants RDMA",
       "Its VFs would have no RDMA device either.",
       mellanox ? "modprobe mlx5_ib" : "ls /sys/class/infiniband  # find its driver"});
}

void CheckLink(const PhysicalFunction& pf, Findings& findings) {
  if (pf.name.empty() || (pf.up && pf.carrier)) return;
  findings.push_back({Severity::kError, "link", SubjectOf(pf), pf.up ? "has no link" : "is down",
                      "No packet of this rail gets out.",
                      pf.up ? "ethtool " + pf.name + "  # then look at cable, module and switch"
                            : "ip link set dev " + pf.name + " up"});
}

// Of those that want the most, and how much that is.
struct MostMtu {
  int mtu = 0;
  std::string who;
};

MostMtu MtuFor(const PhysicalFunction& pf, const DesiredPf* wish, const HostWishes& wishes) {
  MostMtu most;
  if (wish != nullptr && wish->mtu) most = {*wish->mtu, "policy " + Join(wish->policies, ", ")};
  for (const WantedMtu& wanted : wishes.mtus) {
    const bool by_resource =
        wish != nullptr && !wanted.resource.empty() &&
        std::any_of(wish->groups.begin(), wish->groups.end(),
                    [&](const VfGroup& group) { return group.resource_name == wanted.resource; });
    const bool by_name =
        std::any_of(wanted.masters.begin(), wanted.masters.end(), [&](const std::string& master) {
          return master == pf.name || Contains(pf.alt_names, master);
        });
    if ((by_resource || by_name) && wanted.mtu > most.mtu) most = {wanted.mtu, wanted.object};
  }
  return most;
}

void CheckMtu(const PhysicalFunction& pf, const MostMtu& most, Findings& findings) {
  if (!pf.mtu || *pf.mtu >= most.mtu) return;
  findings.push_back({Severity::kError, "mtu", SubjectOf(pf),
                      "has MTU " + std::to_string(*pf.mtu) + ", but " + most.who + " wants " +
                          std::to_string(most.mtu),
                      "The PF drops what its VFs send and receive beyond its own MTU.",
                      "ip link set dev " + pf.name + " mtu " + std::to_string(most.mtu)});
}

bool HasRdmaVfs(const HostState& state) {
  return std::any_of(state.pfs.begin(), state.pfs.end(), [](const PhysicalFunction& pf) {
    return std::any_of(pf.vfs.begin(), pf.vfs.end(),
                       [](const VirtualFunction& vf) { return vf.rdma.has_value(); });
  });
}

// None where nothing tells.
std::optional<RdmaMode> WantedMode(const HostState& state, const HostWishes& wishes) {
  if (wishes.rdma_mode) return wishes.rdma_mode;
  const bool rdma = wishes.node && std::ranges::any_of(wishes.node->pfs, WantsRdma);
  return rdma || HasRdmaVfs(state) ? std::optional(RdmaMode::kExclusive) : std::nullopt;
}

// What the next boot begins with is said last by our own file, unless somebody says it after that.
std::string KeepMode(RdmaMode mode, const RdmaModeAtBoot& boot) {
  const std::string write =
      "echo " + RdmaModeOption(mode) + " >/etc/modprobe.d/" + std::string(kRdmaModeFile);
  if (boot.mode == mode) return "";
  if (boot.said_by == kKernelArguments)
    return write + "\n# and remove ib_core.netns_mode from " + boot.said_by;
  const std::string name = std::filesystem::path(boot.said_by).filename();
  return name > kRdmaModeFile ? write + "\n# and remove netns_mode from " + boot.said_by : write;
}

std::string WhyMode(RdmaMode mode) {
  if (mode == RdmaMode::kShared)
    return "Pods that share a NIC, as with macvlan, can't open its RDMA device.";
  return "Pods see each other's RDMA devices, and CNI's rdma plugin refuses to give them one.";
}

void CheckRdmaMode(const HostSetup& setup, const HostWishes& wishes, Findings& findings) {
  const auto wanted = WantedMode(setup.state, wishes);
  if (!wanted) return;
  const std::string name(TextOf(*wanted));
  const std::string keep = KeepMode(*wanted, setup.rdma_at_boot);
  if (setup.state.rdma_mode && setup.state.rdma_mode != wanted) {
    findings.push_back({Severity::kError, "rdma-mode", "RDMA devices",
                        "are " + std::string(TextOf(*setup.state.rdma_mode)) + ", not " + name,
                        WhyMode(*wanted),
                        (keep.empty() ? "" : keep + '\n') + "rdma system set netns " + name +
                            "  # reboot where it says that it is busy"});
  } else if (!keep.empty()) {
    const std::string& who = setup.rdma_at_boot.said_by;
    findings.push_back({Severity::kWarning, "rdma-mode-at-boot", "RDMA devices",
                        "are " + name + " now, but won't be after a reboot" +
                            (who.empty() ? "" : ", as " + who + " says"),
                        WhyMode(*wanted), keep});
  }
}

struct GpuModule {
  const char* name;
  const char* why;
};
constexpr GpuModule kGpuModules[] = {
    {"nvidia_peermem",
     "NICs then reach the memory of GPUs only by way of main memory, unless the driver has DMA-BUF "
     "and the software uses it."},
    {"gdrdrv", "GDRCopy, by which CPUs reach the memory of GPUs quickly, doesn't work without it."},
};

void CheckGpuModules(const HostSetup& setup, Findings& findings) {
  for (const GpuModule& module : kGpuModules) {
    if (setup.HasModule(module.name)) continue;
    const std::string name(module.name);
    findings.push_back({Severity::kWarning, name == "gdrdrv" ? "gdrdrv" : "nvidia-peermem", "GPUs",
                        "are here, but the kernel module " + name + " isn't loaded", module.why,
                        "modprobe " + name});
  }
}

// The bits that send what goes from device to device up to the root, as `lspci -vvv` calls them.
std::vector<std::string> Redirections(std::uint16_t control) {
  constexpr std::pair<int, const char*> kBits[] = {
      {0, "SrcValid+"}, {2, "ReqRedir+"}, {3, "CmpltRedir+"}, {4, "UpstreamFwd+"}};
  std::vector<std::string> names;
  for (const auto& [bit, name] : kBits)
    if ((control >> bit & 1) != 0) names.push_back(name);
  return names;
}

void CheckAcs(const HostSetup& setup, const std::set<std::string>& rails, Findings& findings) {
  for (const PciBridge& bridge : setup.bridges) {
    const bool above = std::any_of(bridge.pfs.begin(), bridge.pfs.end(),
                                   [&](const std::string& pf) { return rails.contains(pf); });
    const auto set = Redirections(bridge.acs.value_or(0));
    if (!above || (bridge.readable && set.empty())) continue;
    if (!bridge.readable) {
      findings.push_back({Severity::kWarning, "acs", "bridge " + bridge.address,
                          "can't be read beyond its first bytes",
                          "Whether PCI's Access Control Services are on can't be told.",
                          "sudo railhook-vfmanager check"});
      continue;
    }
    findings.push_back(
        {Severity::kWarning, "acs", "bridge " + bridge.address,
         "has PCI's Access Control Services on: " + Join(set, " "),
         "What a NIC and a GPU send each other goes by way of the root, which is slow. VFs for "
         "virtual machines (vfio-pci) do need it.",
         "setpci -s " + bridge.address + " ECAP_ACS+6.w=0000  # after each boot, or in the BIOS"});
  }
}

HostFinding NoRails() {
  return {Severity::kError,
          "rails",
          "This machine",
          "has no rail: no NIC with an RDMA device that can have VFs, or none that policies choose",
          "There is nothing that pods could be given.",
          "railhook-vfmanager status"};
}

}  // namespace

std::vector<HostFinding> CheckHost(const HostSetup& setup, const HostWishes& wishes) {
  Findings findings;
  const auto rails = RailsOf(setup.state, wishes);
  if (rails.empty()) findings.push_back(NoRails());
  for (const PhysicalFunction& pf : setup.state.pfs) {
    const DesiredPf* wish = WishFor(pf, wishes);
    CheckLinkType(pf, wish, findings);
    CheckRdmaDevice(pf, wish, findings);
    CheckMtu(pf, MtuFor(pf, wish, wishes), findings);
    if (IsRail(pf, wishes)) CheckLink(pf, findings);
  }
  CheckRoutes(rails, setup.routing, findings);
  CheckRdmaMode(setup, wishes, findings);
  std::set<std::string> addresses;
  for (const PhysicalFunction* rail : rails) addresses.insert(rail->address);
  if (!setup.gpus.empty()) {
    CheckGpuModules(setup, findings);
    CheckAcs(setup, addresses, findings);
  }
  return findings;
}

}  // namespace railhook

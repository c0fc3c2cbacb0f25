#include "vfmanager/observe.h"

#include <algorithm>
#include <charconv>

#include "vfmanager/boot_id.h"
#include "vfmanager/sysfs.h"

namespace railhook {
namespace {

namespace fs = std::filesystem;
using Links = std::map<std::string, Link>;

constexpr std::string_view kNetworkController = "0x02";  // how the class of such a device begins
constexpr std::string_view kVirtfn = "virtfn";

const Link* Find(const Links& links, const std::string& name) {
  const auto found = links.find(name);
  return found == links.end() ? nullptr : &found->second;
}

// "0x15b3" is "15b3".
std::string IdIn(const fs::path& file) {
  const std::string text = ReadAttribute(file);
  return text.starts_with("0x") ? text.substr(2) : text;
}

// The netdevs of a PF are its ports ("p0") and, for an eSwitch, VFs seen from outside ("pf0vf3").
bool IsPort(const fs::path& netdev) {
  const std::string name = ReadAttribute(netdev / "phys_port_name");
  return name.empty() || (name[0] == 'p' && name.find_first_not_of("0123456789", 1) == name.npos);
}

std::string NetdevOf(const fs::path& device) {
  for (const std::string& name : NamesIn(device / "net"))
    if (IsPort(device / "net" / name)) return name;
  return "";
}

std::optional<RdmaDevice> RdmaOf(const fs::path& device) {
  const auto names = NamesIn(device / "infiniband");
  if (names.empty()) return std::nullopt;
  RdmaDevice rdma{names.front(),
                  Guid::Parse(ReadAttribute(device / "infiniband" / names.front() / "node_guid")),
                  {}};
  for (const char* kind : {"infiniband_verbs", "infiniband_mad"})
    for (const std::string& name : NamesIn(device / kind))
      rdma.char_devices.push_back("infiniband/" + name);
  return rdma;
}

fs::path PortOf(const fs::path& device, const RdmaDevice& rdma) {
  return device / "infiniband" / rdma.name / "ports/1";
}

int GroupOf(const fs::path& device) {
  const std::string name = LinkedName(device / "iommu_group");
  int group = -1;
  std::from_chars(name.data(), name.data() + name.size(), group);
  return group;
}

std::string OverrideOf(const fs::path& device) {
  const std::string driver = ReadAttribute(device / "driver_override");
  return driver == "(null)" ? "" : driver;
}

VirtualFunction VfAt(const fs::path& devices, const std::string& address, int index,
                     const Links& links) {
  const fs::path device = devices / address;
  VirtualFunction vf;
  vf.index = index;
  vf.address = address;
  vf.vendor = IdIn(device / "vendor");
  vf.device_id = IdIn(device / "device");
  vf.driver = LinkedName(device / "driver");
  vf.driver_override = OverrideOf(device);
  vf.rdma = RdmaOf(device);
  vf.iommu_group = GroupOf(device);
  vf.numa_node = ReadNumber(device / "numa_node").value_or(-1);
  vf.netdev = NetdevOf(device);
  if (const Link* link = Find(links, vf.netdev)) {
    vf.mac = link->mac;
    vf.mtu = link->mtu;
  }
  return vf;
}

void TellVf(VirtualFunction& vf, const Link& pf) {
  const auto told = pf.vfs.find(vf.index);
  if (told == pf.vfs.end()) return;
  vf.admin_mac = told->second.mac;
  vf.admin_node_guid = told->second.node_guid;
  vf.admin_port_guid = told->second.port_guid;
  vf.vlan = told->second.vlan;
}

// "virtfn12" is 12.
std::optional<int> IndexIn(std::string_view name) {
  int index = 0;
  if (!name.starts_with(kVirtfn)) return std::nullopt;
  name.remove_prefix(kVirtfn.size());
  const auto read = std::from_chars(name.begin(), name.end(), index);
  if (read.ec != std::errc() || read.ptr != name.end()) return std::nullopt;
  return index;
}

std::vector<VirtualFunction> VfsOf(const fs::path& devices, const std::string& pf,
                                   const Links& links) {
  std::vector<VirtualFunction> vfs;
  for (const std::string& name : NamesIn(devices / pf)) {
    const auto index = IndexIn(name);
    const std::string address = index ? LinkedName(devices / pf / name) : "";
    if (!address.empty()) vfs.push_back(VfAt(devices, address, *index, links));
  }
  std::sort(vfs.begin(), vfs.end(),
            [](const VirtualFunction& a, const VirtualFunction& b) { return a.index < b.index; });
  return vfs;
}

void TellLink(PhysicalFunction& pf, const Link& link) {
  pf.alt_names = link.alt_names;
  pf.mac = link.mac;
  pf.permanent_mac = link.permanent_mac.IsSet() ? link.permanent_mac : link.mac;
  pf.mtu = link.mtu;
  pf.max_mtu = link.max_mtu;
  pf.up = link.up;
  pf.carrier = link.carrier;
  pf.link_type = link.infiniband ? LinkType::kInfiniBand : LinkType::kEthernet;
  for (VirtualFunction& vf : pf.vfs) TellVf(vf, link);
}

// What the RDMA device says where there is no netdev.
std::optional<LinkType> LinkTypeOf(const fs::path& port) {
  const std::string layer = ReadAttribute(port / "link_layer");
  if (layer.empty()) return std::nullopt;
  return layer == "InfiniBand" ? LinkType::kInfiniBand : LinkType::kEthernet;
}

// An InfiniBand port's is in sysfs as "200 Gb/sec (4X HDR)".
std::string SpeedOf(const fs::path& netdev, const fs::path& port) {
  const int megabits = ReadNumber(netdev / "speed").value_or(0);
  if (megabits > 0) return std::to_string(megabits) + " Mb/s";
  const int gigabits = ReadNumber(port / "rate").value_or(0);
  return gigabits > 0 ? std::to_string(gigabits) + "000 Mb/s" : "";
}

PhysicalFunction PfAt(const fs::path& devices, const std::string& address, const Links& links) {
  const fs::path device = devices / address;
  PhysicalFunction pf;
  pf.address = address;
  pf.vendor = IdIn(device / "vendor");
  pf.device_id = IdIn(device / "device");
  pf.driver = LinkedName(device / "driver");
  pf.total_vfs = ReadNumber(device / "sriov_totalvfs").value_or(0);
  pf.num_vfs = ReadNumber(device / "sriov_numvfs").value_or(0);
  pf.probes_vfs = ReadNumber(device / "sriov_drivers_autoprobe").value_or(1) != 0;
  pf.numa_node = ReadNumber(device / "numa_node").value_or(-1);
  pf.rdma = RdmaOf(device);
  pf.name = NetdevOf(device);
  pf.vfs = VfsOf(devices, address, links);
  const fs::path port = pf.rdma ? PortOf(device, *pf.rdma) : fs::path();
  pf.link_type = LinkTypeOf(port);
  pf.speed = SpeedOf(device / "net" / pf.name, port);
  if (const Link* link = Find(links, pf.name)) TellLink(pf, *link);
  return pf;
}

bool IsPf(const fs::path& device) {
  std::error_code none;
  return ReadAttribute(device / "class").starts_with(kNetworkController) &&
         fs::exists(device / "sriov_totalvfs", none);
}

Result<std::optional<RdmaMode>> ModeOf(Netlink& netlink) {
  const auto mode = netlink.GetRdmaMode();
  if (mode) return *mode;
  if (mode.error().code == ErrorCode::kNotFound) return std::nullopt;
  return tl::unexpected(mode.error());
}

}  // namespace

Result<HostState> Observe(const HostPaths& paths, Netlink& netlink) {
  const fs::path devices = paths.sysfs / "bus/pci/devices";
  std::error_code none;
  if (!fs::is_directory(devices, none))
    return Fail(ErrorCode::kNotFound, devices.string() + ": no such directory; is this sysfs?");
  HostState state;
  state.boot = BootIdOf(paths);
  state.rdma_mode = TRY(ModeOf(netlink));
  const Links links = TRY(netlink.Links());
  for (const std::string& address : NamesIn(devices))
    if (IsPf(devices / address)) state.pfs.push_back(PfAt(devices, address, links));
  return state;
}

std::optional<RdmaDevice> ReadRdmaDevice(const HostPaths& paths, const std::string& address) {
  return RdmaOf(paths.sysfs / "bus/pci/devices" / address);
}

}  // namespace railhook

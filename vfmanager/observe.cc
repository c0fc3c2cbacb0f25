#include "vfmanager/observe.h"

#include <algorithm>
#include <charconv>

#include "vfmanager/boot_id.h"
#include "vfmanager/driver_locks.h"
#include "vfmanager/sysfs.h"

namespace railhook {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using Links = std::map<std::string, Link>;

constexpr std::string_view kNetworkController = "0x02";  // how the class of such a device begins
constexpr std::string_view kVirtfn = "virtfn";
constexpr auto kDriversAtWork = 2min;  // mlx5 waits so long for its firmware

const Link* Find(const Links& links, const std::string& name) {
  const auto found = links.find(name);
  return found == links.end() ? nullptr : &found->second;
}

// "0x15b3" is "15b3".
std::string IdIn(const SysfsFolder& device, const std::string& file) {
  const std::string text = device.Text(file);
  return text.starts_with("0x") ? text.substr(2) : text;
}

// The netdevs of a PF are its ports ("p0") and, for an eSwitch, VFs seen from outside ("pf0vf3").
bool IsPort(const SysfsFolder& device, const std::string& netdev) {
  const std::string name = device.Text("net/" + netdev + "/phys_port_name");
  return name.empty() || (name[0] == 'p' && name.find_first_not_of("0123456789", 1) == name.npos);
}

std::string NetdevOf(const SysfsFolder& device) {
  for (const std::string& name : device.NamesIn("net"))
    if (IsPort(device, name)) return name;
  return "";
}

std::optional<RdmaDevice> RdmaOf(const SysfsFolder& device) {
  const auto names = device.NamesIn("infiniband");
  if (names.empty()) return std::nullopt;
  RdmaDevice rdma{
      names.front(), Guid::Parse(device.Text("infiniband/" + names.front() + "/node_guid")), {}};
  for (const char* kind : {"infiniband_verbs", "infiniband_mad"})
    for (const std::string& name : device.NamesIn(kind))
      rdma.char_devices.push_back("infiniband/" + name);
  return rdma;
}

// Of no RDMA device it is a folder that isn't there.
std::string PortOf(const std::optional<RdmaDevice>& rdma) {
  return "infiniband/" + (rdma ? rdma->name : "") + "/ports/1";
}

int GroupOf(const SysfsFolder& device) {
  const std::string name = device.LinkedName("iommu_group");
  int group = -1;
  std::from_chars(name.data(), name.data() + name.size(), group);
  return group;
}

VirtualFunction VfAt(const fs::path& devices, const std::string& address, int index,
                     const Links& links) {
  const SysfsFolder device(devices / address);
  VirtualFunction vf;
  vf.index = index;
  vf.address = address;
  vf.vendor = IdIn(device, "vendor");
  vf.device_id = IdIn(device, "device");
  vf.driver = device.LinkedName("driver");
  vf.rdma = RdmaOf(device);
  vf.iommu_group = GroupOf(device);
  vf.numa_node = device.Number("numa_node").value_or(-1);
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

std::vector<VirtualFunction> VfsOf(const fs::path& devices, const SysfsFolder& pf,
                                   const Links& links) {
  std::vector<VirtualFunction> vfs;
  for (const std::string& name : pf.NamesIn(".")) {
    const auto index = IndexIn(name);
    const std::string address = index ? pf.LinkedName(name) : "";
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
std::optional<LinkType> LinkTypeOf(const SysfsFolder& device, const std::string& port) {
  const std::string layer = device.Text(port + "/link_layer");
  if (layer.empty()) return std::nullopt;
  return layer == "InfiniBand" ? LinkType::kInfiniBand : LinkType::kEthernet;
}

// An InfiniBand port's is in sysfs as "200 Gb/sec (4X HDR)".
std::string SpeedOf(const SysfsFolder& device, const std::string& netdev, const std::string& port) {
  const int megabits = device.Number("net/" + netdev + "/speed").value_or(0);
  if (megabits > 0) return std::to_string(megabits) + " Mb/s";
  const int gigabits = device.Number(port + "/rate").value_or(0);
  return gigabits > 0 ? std::to_string(gigabits) + "000 Mb/s" : "";
}

PhysicalFunction PfAt(const fs::path& devices, const std::string& address,
                      const SysfsFolder& device, const Links& links) {
  PhysicalFunction pf;
  pf.address = address;
  pf.vendor = IdIn(device, "vendor");
  pf.device_id = IdIn(device, "device");
  pf.driver = device.LinkedName("driver");
  pf.total_vfs = device.Number("sriov_totalvfs").value_or(0);
  pf.num_vfs = device.Number("sriov_numvfs").value_or(0);
  pf.probes_vfs = device.Number("sriov_drivers_autoprobe").value_or(1) != 0;
  pf.numa_node = device.Number("numa_node").value_or(-1);
  pf.rdma = RdmaOf(device);
  pf.name = NetdevOf(device);
  pf.vfs = VfsOf(devices, device, links);
  const std::string port = PortOf(pf.rdma);
  pf.link_type = LinkTypeOf(device, port);
  pf.speed = SpeedOf(device, pf.name, port);
  if (const Link* link = Find(links, pf.name)) TellLink(pf, *link);
  return pf;
}

bool IsPf(const SysfsFolder& device) {
  return device.Has("sriov_totalvfs") && device.Text("class").starts_with(kNetworkController);
}

std::vector<std::string> PfsIn(const fs::path& devices) {
  std::vector<std::string> pfs = NamesIn(devices);
  std::erase_if(pfs,
                [&](const std::string& address) { return !IsPf(SysfsFolder(devices / address)); });
  return pfs;
}

// Reading the number of a PF's VFs needs the PF's lock; nothing else that is read here needs one.
Result<> AwaitDrivers(const fs::path& devices, const std::vector<std::string>& pfs) {
  std::vector<fs::path> files;
  for (const std::string& address : pfs) files.push_back(devices / address / "sriov_numvfs");
  return AwaitReadable(files, kDriversAtWork);
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
  const std::vector<std::string> pfs = PfsIn(devices);
  TRY(AwaitDrivers(devices, pfs));
  HostState state;
  state.boot = BootIdOf(paths);
  state.rdma_mode = TRY(ModeOf(netlink));
  const Links links = TRY(netlink.Links());
  for (const std::string& address : pfs)
    state.pfs.push_back(PfAt(devices, address, SysfsFolder(devices / address), links));
  return state;
}

std::optional<RdmaDevice> ReadRdmaDevice(const HostPaths& paths, const std::string& address) {
  return RdmaOf(SysfsFolder(paths.sysfs / "bus/pci/devices" / address));
}

}  // namespace railhook

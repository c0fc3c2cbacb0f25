#include "vfmanager/host_setup.h"

#include <algorithm>
#include <cstring>

#include "base/contains.h"
#include "base/files.h"
#include "vfmanager/observe.h"
#include "vfmanager/sysfs.h"

namespace railhook {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kNvidia = "0x10de";
constexpr std::string_view kDisplay = "0x03";  // how the class of such a device begins

std::vector<std::string> GpusIn(const fs::path& devices) {
  std::vector<std::string> gpus;
  for (const std::string& address : NamesIn(devices)) {
    if (ReadAttribute(devices / address / "vendor") == kNvidia &&
        ReadAttribute(devices / address / "class").starts_with(kDisplay))
      gpus.push_back(address);
  }
  return gpus;
}

// "0000:01:00.0".
bool IsPciAddress(std::string_view name) {
  return name.size() >= 12 && name[name.size() - 2] == '.' &&
         name.find_first_not_of("0123456789abcdef:.") == name.npos &&
         std::count(name.begin(), name.end(), ':') == 2;
}

// From the root of the bus down; the device itself isn't one of them.
std::vector<std::string> BridgesAbove(const fs::path& device) {
  std::vector<std::string> bridges;
  std::error_code none;
  for (const fs::path& part : fs::canonical(device, none).parent_path())
    if (IsPciAddress(part.string())) bridges.push_back(part);
  return bridges;
}

PciBridge BridgeAt(const fs::path& devices, const std::string& address) {
  const std::string config = ReadFile(devices / address / "config").value_or("");
  constexpr std::size_t kForEverybody = 64;
  return {address, {}, AcsControl(config), config.size() > kForEverybody};
}

std::vector<PciBridge> BridgesOf(const fs::path& devices, const HostState& state) {
  std::map<std::string, PciBridge> bridges;
  for (const PhysicalFunction& pf : state.pfs) {
    for (const std::string& address : BridgesAbove(devices / pf.address)) {
      const auto bridge = bridges.try_emplace(address, BridgeAt(devices, address)).first;
      bridge->second.pfs.push_back(pf.address);
    }
  }
  std::vector<PciBridge> list;
  for (const auto& [address, bridge] : bridges) list.push_back(bridge);
  return list;
}

std::map<int, std::string> LinksOf(const fs::path& sysfs, const HostState& state) {
  std::map<int, std::string> links;
  for (const PhysicalFunction& pf : state.pfs)
    if (const auto index = ReadNumber(sysfs / "class/net" / pf.name / "ifindex"))
      links[*index] = pf.name;
  return links;
}

template <typename Number>
Number ReadAt(std::string_view bytes, std::size_t at) {
  Number number = 0;
  if (at + sizeof number <= bytes.size()) std::memcpy(&number, bytes.data() + at, sizeof number);
  return number;
}

}  // namespace

bool HostSetup::HasModule(std::string_view name) const { return Contains(modules, name); }

std::optional<std::uint16_t> AcsControl(std::string_view config) {
  constexpr std::uint16_t kAcs = 0x000d;
  constexpr int kMost = 960;  // capabilities of four bytes; a chain that is longer has a loop
  std::size_t at = 0x100;
  for (int i = 0; i < kMost && at >= 0x100; ++i) {
    const auto header = ReadAt<std::uint32_t>(config, at);
    if ((header & 0xFFFF) == kAcs && at + 8 <= config.size())
      return ReadAt<std::uint16_t>(config, at + 6);
    at = header >> 20;
  }
  return std::nullopt;
}

Result<HostSetup> ObserveSetup(const HostPaths& paths, Netlink& netlink) {
  const fs::path devices = paths.sysfs / "bus/pci/devices";
  HostSetup setup;
  setup.state = TRY(Observe(paths, netlink));
  setup.routing = TRY(ReadRouting(LinksOf(paths.sysfs, setup.state)));
  setup.rdma_at_boot = ReadRdmaModeAtBoot(paths);
  setup.gpus = GpusIn(devices);
  setup.modules = NamesIn(paths.sysfs / "module");
  setup.bridges = BridgesOf(devices, setup.state);
  return setup;
}

}  // namespace railhook

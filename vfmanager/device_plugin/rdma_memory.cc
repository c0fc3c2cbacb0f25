#include "vfmanager/device_plugin/rdma_memory.h"

#include <set>

#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "k8sclient/object.h"

namespace railhook {
namespace {

constexpr auto kFile = "rdma-devices.json";
constexpr auto kBootId = "sys/kernel/random/boot_id";

std::string ReadBoot(const HostPaths& paths) {
  const auto text = ReadFile(paths.proc / kBootId);
  return text ? std::string(Trim(*text)) : "";
}

Json Encode(const RdmaDevices& devices, const std::string& boot) {
  Json all = Json::object();
  for (const auto& [address, device] : devices) {
    all[address] = {{"name", device.name}, {"charDevices", device.char_devices}};
  }
  return {{"boot", boot}, {"devices", all}};
}

RdmaDevice DecodeDevice(const Json& entry) {
  RdmaDevice device;
  device.name = TextMember(&entry, "name");
  for (const Json& path : ItemsOf(&entry, "charDevices")) {
    if (path.is_string()) device.char_devices.push_back(path.get<std::string>());
  }
  return device;
}

Result<RdmaDevices> Read(const std::filesystem::path& file, const std::string& boot) {
  auto read = ReadFile(file);
  if (!read && read.error().code == ErrorCode::kNotFound) return RdmaDevices{};
  const std::string text = TRY(std::move(read));
  const Json whole = TRY(ParseJson(text));
  RdmaDevices devices;
  const Json* all = Member(&whole, "devices");
  if (boot.empty() || TextMember(&whole, "boot") != boot || all == nullptr) return devices;
  for (const auto& [address, entry] : all->items()) devices[address] = DecodeDevice(entry);
  return devices;
}

RdmaDevices ReadOrForget(const std::filesystem::path& file, const std::string& boot) {
  auto devices = Read(file, boot);
  if (devices) return std::move(devices).Take();
  Log(LogLevel::kWarning, "RDMA devices of VFs in pods are forgotten",
      {{"file", file.native()}, {"error", devices.error().message}});
  return {};
}

// The device's identity is of no use here, and may change while it is away.
RdmaDevice WithoutGuid(RdmaDevice device) {
  device.node_guid.reset();
  return device;
}

void RecallVf(VirtualFunction& vf, RdmaDevices& seen) {
  const auto known = seen.find(vf.address);
  if (vf.rdma) {
    seen[vf.address] = WithoutGuid(*vf.rdma);
  } else if (known == seen.end()) {
    return;
  } else if (vf.driver.empty()) {
    seen.erase(known);
  } else {
    vf.rdma = known->second;
  }
}

}  // namespace

void Recall(HostState& host, RdmaDevices& seen) {
  std::set<std::string> here;
  for (PhysicalFunction& pf : host.pfs) {
    for (VirtualFunction& vf : pf.vfs) {
      here.insert(vf.address);
      RecallVf(vf, seen);
    }
  }
  std::erase_if(seen, [&](const auto& entry) { return !here.contains(entry.first); });
}

RdmaMemory::RdmaMemory(const HostPaths& paths)
    : file_(paths.state / kFile), boot_(ReadBoot(paths)), seen_(ReadOrForget(file_, boot_)) {}

HostState RdmaMemory::Complete(HostState host) {
  const RdmaDevices before = seen_;
  Recall(host, seen_);
  if (seen_ == before) return host;
  std::error_code ignored;  // then the file can't be written either
  std::filesystem::create_directories(file_.parent_path(), ignored);
  const auto written = ReplaceFile(file_, Compact(Encode(seen_, boot_)) + "\n", 0644);
  if (!written) {
    Log(LogLevel::kWarning, "RDMA devices of VFs can't be remembered",
        {{"error", written.error().message}});
  }
  return host;
}

}  // namespace railhook

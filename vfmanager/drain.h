#pragma once
// Which pods use VFs that are to vanish. Pure but for ReadDeviceCheckpoint.

#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"

namespace railhook {

using TextSet = std::set<std::string, std::less<>>;

// What kubelet has handed out of devices, from its checkpoint.
struct DeviceAllocations {
  // The uid of a pod -> resource -> devices, which for VFs are their addresses.
  std::map<std::string, std::map<std::string, TextSet>, std::less<>> pods;
  std::map<std::string, TextSet> registered;  // resource -> devices that there are

  bool operator==(const DeviceAllocations&) const = default;
};

// kInvalid where `text` is no checkpoint of kubelet's device manager.
Result<DeviceAllocations> ParseDeviceCheckpoint(std::string_view text);
// That of the kubelet whose directory is given; none where it has none.
Result<std::optional<DeviceAllocations>> ReadDeviceCheckpoint(const std::filesystem::path& kubelet);

// A pod, as far as VFs matter.
struct NodePod {
  std::string name_space;
  std::string name;
  std::string uid;        // as kubelet knows it
  bool leaving = false;   // is being deleted
  bool finished = false;  // has given its devices back
  TextSet resources;      // that it asks for
  TextSet addresses;      // of PCI, from Multus' network-status
  std::string fixed;      // why evicting it wouldn't help; "" where it would

  std::string Id() const { return name_space + '/' + name; }
  bool operator==(const NodePod&) const = default;
};

NodePod ReadNodePod(const nlohmann::json& pod);

// VFs of one PF.
struct VfDevices {
  TextSet addresses;
  TextSet resources;  // under which they are, or will be, handed out, with prefix
};

// The pods that hold one of these VFs, and those that may get one at any moment: they ask for such
// a resource, and it isn't known yet which VF they have. A pod that is known to hold others isn't
// among them.
std::vector<NodePod> HoldersOf(const VfDevices& vfs, const std::vector<NodePod>& pods,
                               const std::optional<DeviceAllocations>& allocations);

}  // namespace railhook

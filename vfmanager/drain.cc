#include "vfmanager/drain.h"

#include <algorithm>

#include "base/files.h"
#include "base/json.h"
#include "k8sclient/object.h"

namespace railhook {
namespace {

constexpr std::string_view kNetworkStatus = "k8s.v1.cni.cncf.io/network-status";
constexpr std::string_view kMirror = "kubernetes.io/config.mirror";

void AddTexts(const Json* list, TextSet& texts) {
  if (list == nullptr || !list->is_array()) return;
  for (const Json& item : *list)
    if (item.is_string()) texts.insert(item.get<std::string>());
}

// Devices by their NUMA node, or, as older kubelets wrote them, a plain list.
TextSet DevicesOf(const Json* devices) {
  TextSet found;
  AddTexts(devices, found);
  if (devices != nullptr && devices->is_object())
    for (const auto& [node, list] : devices->items()) AddTexts(&list, found);
  return found;
}

bool Meet(const TextSet& a, const TextSet& b) {
  return std::ranges::any_of(a, [&](const std::string& text) { return b.contains(text); });
}

TextSet ResourcesOf(const Json* spec) {
  TextSet resources;
  for (const char* kind : {"containers", "initContainers"}) {
    for (const Json& container : ItemsOf(spec, kind)) {
      for (const char* part : {"limits", "requests"}) {
        const Json* amounts = Member(Member(&container, "resources"), part);
        if (amounts == nullptr || !amounts->is_object()) continue;
        for (const auto& [resource, amount] : amounts->items()) resources.insert(resource);
      }
    }
  }
  return resources;
}

TextSet AddressesIn(const std::string& network_status) {
  TextSet addresses;
  const auto networks = ParseJson(network_status);
  if (!networks || !networks->is_array()) return addresses;
  for (const Json& network : *networks) {
    const Json* pci = Member(Member(&network, "device-info"), "pci");
    if (auto address = TextMember(pci, "pci-address"); !address.empty()) addresses.insert(address);
  }
  return addresses;
}

std::string WhyFixed(const ObjectMeta& meta) {
  if (meta.annotations.contains(kMirror)) return "is a static pod, which only its node's files end";
  for (const OwnerReference& owner : meta.owners)
    if (owner.kind == "DaemonSet")
      return "belongs to DaemonSet " + owner.name + ", which would bring it back";
  return "";
}

const std::map<std::string, TextSet>& AllocatedTo(
    const NodePod& pod, const std::optional<DeviceAllocations>& allocations) {
  static const std::map<std::string, TextSet> kNothing;
  if (!allocations) return kNothing;
  const auto found = allocations->pods.find(pod.uid);
  return found == allocations->pods.end() ? kNothing : found->second;
}

bool Holds(const VfDevices& vfs, const NodePod& pod,
           const std::optional<DeviceAllocations>& allocations) {
  const auto& allocated = AllocatedTo(pod, allocations);
  const bool known = std::ranges::any_of(
      allocated, [&](const auto& devices) { return Meet(devices.second, vfs.addresses); });
  if (known || Meet(pod.addresses, vfs.addresses)) return true;
  return std::ranges::any_of(vfs.resources, [&](const std::string& resource) {
    const bool placed = allocations ? allocated.contains(resource) : !pod.addresses.empty();
    return pod.resources.contains(resource) && !placed;
  });
}

}  // namespace

Result<DeviceAllocations> ParseDeviceCheckpoint(std::string_view text) {
  const Json checkpoint = TRY(ParseJson(text));
  const Json* data = Member(&checkpoint, "Data");
  if (data == nullptr || !data->is_object())
    return Fail(ErrorCode::kInvalid, "it has no object Data");
  DeviceAllocations allocations;
  for (const Json& entry : ItemsOf(data, "PodDeviceEntries")) {
    auto& devices =
        allocations.pods[TextMember(&entry, "PodUID")][TextMember(&entry, "ResourceName")];
    devices.merge(DevicesOf(Member(&entry, "DeviceIDs")));
  }
  if (const Json* registered = Member(data, "RegisteredDevices"); registered != nullptr) {
    for (const auto& [resource, devices] : registered->items())
      allocations.registered[resource] = DevicesOf(&devices);
  }
  return allocations;
}

Result<std::optional<DeviceAllocations>> ReadDeviceCheckpoint(
    const std::filesystem::path& kubelet) {
  const auto file = kubelet / "device-plugins" / "kubelet_internal_checkpoint";
  const auto text = ReadFile(file);
  if (!text && text.error().code == ErrorCode::kNotFound) return std::nullopt;
  if (!text) return tl::unexpected(text.error());
  auto allocations = ParseDeviceCheckpoint(*text);
  if (!allocations) return Fail("reading " + file.string(), allocations.error());
  return std::optional(std::move(allocations).Take());
}

NodePod ReadNodePod(const Json& object) {
  NodePod pod;
  const auto meta = ReadMeta(object);
  if (!meta) return pod;
  const std::string phase = TextMember(Member(&object, "status"), "phase");
  pod.name_space = meta->name_space;
  pod.name = meta->name;
  const std::string* file = meta->Annotation(kMirror);  // the uid that kubelet gave a static pod
  pod.uid = file != nullptr ? *file : TextMember(Member(&object, "metadata"), "uid");
  pod.leaving = meta->deleting;
  pod.finished = phase == "Succeeded" || phase == "Failed";
  pod.resources = ResourcesOf(Member(&object, "spec"));
  const std::string* networks = meta->Annotation(kNetworkStatus);
  if (networks != nullptr) pod.addresses = AddressesIn(*networks);
  pod.fixed = WhyFixed(*meta);
  return pod;
}

std::vector<NodePod> HoldersOf(const VfDevices& vfs, const std::vector<NodePod>& pods,
                               const std::optional<DeviceAllocations>& allocations) {
  VfDevices all = vfs;
  if (allocations) {
    for (const auto& [resource, devices] : allocations->registered)
      if (Meet(devices, vfs.addresses)) all.resources.insert(resource);
  }
  std::vector<NodePod> holders;
  for (const NodePod& pod : pods)
    if (!pod.finished && Holds(all, pod, allocations)) holders.push_back(pod);
  return holders;
}

}  // namespace railhook

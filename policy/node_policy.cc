#include "policy/node_policy.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "k8sclient/field_checker.h"
#include "policy/label_selector.h"
#include "policy/pci_address.h"

namespace railhook {
namespace {

using Names = std::vector<std::string>;

constexpr int kMostVfs = 65535;  // PCI's counter has 16 bits
constexpr int kLeastMtu = 68;    // of IPv4
constexpr int kMostMtu = 65535;
constexpr std::size_t kMostResourceName = 63;
constexpr std::size_t kMostNicName = 127;  // altnames; other names have 15 at most
constexpr std::size_t kMostItems = 1000;   // of a list
constexpr std::size_t kMostQuoted = 60;

const Names kObjectFields = {"apiVersion", "kind", "metadata", "spec", "status"};
const Names kSpecFields = {"resourceName", "nodeSelector",    "priority",    "mtu",
                           "numVfs",       "nicSelector",     "deviceType",  "isRdma",
                           "linkType",     "excludeTopology", "eSwitchMode", "externallyManaged",
                           "needVhostNet", "vdpaType",        "bridge",      "eSwitchParams"};
const Names kNicFields = {"vendor", "deviceID", "rootDevices", "pfNames", "netFilter"};

std::string Shown(const JsonField& field) { return OneLine(Compact(*field.value), kMostQuoted); }

// As clients leave fields behind that were never set.
bool IsUnset(const JsonField& field) {
  return field.missing() || *field.value == "" || *field.value == Json(false) ||
         (field.value->is_structured() && field.value->empty());
}

bool IsLetterOrDigit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool IsHex(std::string_view text, std::size_t size) {
  return text.size() == size &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string Lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  return text;
}

bool CanNameResource(std::string_view name) {
  return name.size() <= kMostResourceName && IsLetterOrDigit(name.front()) &&
         IsLetterOrDigit(name.back()) && std::all_of(name.begin(), name.end(), [](char c) {
           return IsLetterOrDigit(c) || c == '-' || c == '_';
         });
}

// As the kernel has it, but for wildcards, which mean nothing here, and control characters.
bool CanNameNic(std::string_view name) {
  return !name.empty() && name.size() <= kMostNicName && name != "." && name != ".." &&
         name.find_first_of("/#*?[") == std::string_view::npos &&
         std::all_of(name.begin(), name.end(),
                     [](unsigned char c) { return c > ' ' && c != 0x7f; });
}

std::optional<int> ParseIndex(std::string_view text) {
  int index = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, index);
  const bool whole = !text.empty() && text.front() != '-' && stop == end && error == std::errc();
  return whole && index < kMostVfs ? std::optional(index) : std::nullopt;
}

// "0-3"
std::optional<VfRange> ParseRange(std::string_view text) {
  const auto dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto first = ParseIndex(text.substr(0, dash)), last = ParseIndex(text.substr(dash + 1));
  return first && last ? std::optional(VfRange{*first, *last}) : std::nullopt;
}

struct ReadPolicy {
  NodePolicy policy;
  std::vector<Finding> findings;
};

// Reads what can be read of a policy, and finds what is wrong with it.
class PolicyReader {
 public:
  PolicyReader(const Json& object, const ObjectMeta& meta)
      : object_{&object, ""}, spec_(object_ / "spec"), nics_(spec_ / "nicSelector") {
    policy_.name_space = meta.name_space;
    policy_.name = meta.name;
  }

  void Read() {
    check_.Members(object_, kObjectFields);
    if (!spec_.is_map())
      return check_.Error(
          spec_, "is missing: write resourceName, nodeSelector, numVfs, nicSelector and the rest");
    check_.Members(spec_, kSpecFields);
    ReadResource();
    ReadNodes();
    ReadNumbers();
    ReadNics();
    ReadDevices();
    RefuseOthers();
  }

  ReadPolicy Take() && { return {std::move(policy_), std::move(check_).Take()}; }

 private:
  void ReadResource() {
    const JsonField field = spec_ / "resourceName";
    const std::string name = field.Text();
    check_.NeededText(field, "what the VFs are called, such as gpu1rdma");
    if (name.empty()) return;
    if (const auto slash = name.rfind('/'); slash != std::string::npos)
      check_.Wrong(field, "it without a prefix, " + OneLine(name.substr(slash + 1), kMostQuoted) +
                              ": --resource-prefix of the agent is put in front");
    else if (!CanNameResource(name))
      check_.Wrong(field, "up to 63 letters, digits, '-' and '_', a letter or digit at both ends");
    policy_.resource_name = name;
  }

  void ReadNodes() {
    const JsonField nodes = spec_ / "nodeSelector";
    if (nodes.missing())
      check_.Error(nodes, "is missing: write labels that nodes must have, or {} for all nodes");
    policy_.node_selector = ReadLabels(nodes, check_);
  }

  void ReadNumbers() {
    const JsonField vfs = spec_ / "numVfs";
    if (vfs.missing()) check_.Error(vfs, "is missing: write how many VFs each PF shall have");
    policy_.num_vfs = ReadNumber(vfs, 0, kMostVfs).value_or(0);
    policy_.mtu = ReadNumber(spec_ / "mtu", kLeastMtu, kMostMtu);
    policy_.priority = ReadNumber(spec_ / "priority", 0, 99).value_or(0);
  }

  void ReadNics() {
    if (nics_.missing())
      return check_.Error(nics_, "is missing: write pfNames, rootDevices, vendor or deviceID");
    check_.Map(nics_);
    check_.Members(nics_, kNicFields);
    policy_.nics.vendor = ReadId("vendor", "\"15b3\"");
    policy_.nics.device_id = ReadId("deviceID", "\"101b\"");
    ReadAddresses();
    ReadPfNames();
    if (nics_.is_map()) CheckChoosesSome();
  }

  // sriov-network-operator makes a policy, "default", that asks for nothing of no NIC.
  void CheckChoosesSome() {
    const JsonField vfs = spec_ / "numVfs";
    const bool none = std::all_of(kNicFields.begin(), kNicFields.end(),
                                  [&](const std::string& name) { return IsUnset(nics_ / name); });
    const bool no_vfs = vfs.Integer() == 0;
    if (none && no_vfs)
      check_.Warn(nics_, "is empty and numVfs is 0: this policy does nothing");
    else if (none)
      check_.Error(nics_, "is empty: write pfNames, rootDevices, vendor or deviceID");
    else if (no_vfs)
      check_.Error(vfs,
                   "is 0, which makes no VF and removes none: write at least 1, or delete the "
                   "policy; VFs go with the last policy that chooses their PF");
  }

  void ReadDevices() {
    check_.Choice(spec_ / "deviceType", {"netdevice", "vfio-pci"});
    check_.Choice(spec_ / "linkType", {"eth", "ETH", "ib", "IB"});
    const bool vfio = (spec_ / "deviceType").Text() == "vfio-pci";
    if (vfio) policy_.device_type = DeviceType::kVfioPci;
    const std::string link = Lower((spec_ / "linkType").Text());
    if (!link.empty())
      policy_.link_type = link == "ib" ? LinkType::kInfiniBand : LinkType::kEthernet;
    policy_.is_rdma = ReadFlag("isRdma");
    policy_.exclude_topology = ReadFlag("excludeTopology");
    policy_.externally_managed = ReadFlag("externallyManaged");
    if (vfio && policy_.is_rdma)
      check_.Error(spec_ / "isRdma",
                   "is true beside deviceType vfio-pci, whose VFs have no RDMA device on the host: "
                   "write deviceType: netdevice, or isRdma: false");
  }

  void RefuseOthers() {
    const JsonField mode = spec_ / "eSwitchMode";
    if (mode.Text() == "switchdev")
      Refuse(mode, "switchdev");
    else if (!IsUnset(mode) && mode.Text() != "legacy")
      check_.Wrong(mode, "legacy, or remove it");
    Refuse(spec_ / "eSwitchParams", "switchdev");
    Refuse(spec_ / "vdpaType", "vDPA");
    Refuse(spec_ / "bridge", "Open vSwitch");
    Refuse(spec_ / "needVhostNet", "vhost-net");
    Refuse(nics_ / "netFilter", "networks of clouds");
  }

  void Refuse(const JsonField& field, const std::string& what) {
    if (IsUnset(field)) return;
    check_.Error(field, "is " + Shown(field) + ", but railhook-vfmanager doesn't support " + what +
                            ": remove it");
  }

  std::optional<int> ReadNumber(const JsonField& field, int least, int most) {
    check_.Number(field, least, most);
    const auto number = field.Integer();
    if (!number || *number < least || *number > most) return std::nullopt;
    return static_cast<int>(*number);
  }

  bool ReadFlag(std::string_view name) {
    const JsonField flag = spec_ / name;
    check_.Flag(flag);
    return !flag.missing() && *flag.value == Json(true);
  }

  std::string ReadId(std::string_view name, const std::string& example) {
    const JsonField field = nics_ / name;
    const std::string id = Lower(field.Text());
    const bool empty = field.missing() || *field.value == "";
    if (!empty && !IsHex(id, 4))
      check_.Wrong(field, "four hexadecimal digits in quotes, such as " + example);
    return id;
  }

  std::vector<JsonField> ReadList(std::string_view name) {
    const JsonField list = nics_ / name;
    check_.Texts(list);
    std::vector<JsonField> items = list.Items();
    std::erase_if(items,
                  [](const JsonField& item) { return item.missing() || !item.value->is_string(); });
    if (items.size() <= kMostItems) return items;
    check_.Error(list, "has " + std::to_string(items.size()) + " items: write at most " +
                           std::to_string(kMostItems));
    return {};
  }

  void ReadAddresses() {
    for (const JsonField& item : ReadList("rootDevices")) {
      const auto address = ReadPciAddress(item.Text());
      if (item.Text().find('#') != std::string::npos)
        check_.Wrong(item, "it without a range: ranges of VFs stand in pfNames alone");
      else if (!address)
        check_.Wrong(item, "a PF's PCI address with its domain, such as \"0000:04:00.0\"");
      policy_.nics.root_devices.push_back(address.value_or(""));
    }
  }

  void ReadPfNames() {
    for (const JsonField& item : ReadList("pfNames")) {
      if (auto name = ReadPfName(item)) policy_.nics.pf_names.push_back(*std::move(name));
    }
  }

  std::optional<PfName> ReadPfName(const JsonField& item) {
    const std::string text = item.Text();
    const auto hash = text.find('#');
    PfName read{text.substr(0, hash), std::nullopt};
    if (hash != std::string::npos) read.vfs = ParseRange(std::string_view(text).substr(hash + 1));
    if (!CanNameNic(read.name) || read.vfs.has_value() != (hash != std::string::npos)) {
      check_.Wrong(item, "a PF's name or altname, such as ens1, or with a range of VFs, ens1#0-3");
      return std::nullopt;
    }
    if (read.vfs && !IsRightRange(item, *read.vfs)) return std::nullopt;
    WarnOfOverlap(item, read);
    return read;
  }

  bool IsRightRange(const JsonField& item, const VfRange& vfs) {
    const int last = policy_.num_vfs - 1;
    if (vfs.first > vfs.last) {
      check_.Error(item, "is " + Shown(item) + ": write the lower end first");
    } else if (last >= 0 && vfs.last > last) {
      check_.Error(item, "is " + Shown(item) + ", beyond the last VF, " + std::to_string(last) +
                             ": write a lower one, or numVfs: " + std::to_string(vfs.last + 1));
    } else {
      return true;
    }
    return false;
  }

  void WarnOfOverlap(const JsonField& item, const PfName& name) {
    const auto& known = policy_.nics.pf_names;
    const auto twice = std::find_if(known.begin(), known.end(), [&](const PfName& other) {
      return other.name == name.name && (!other.vfs || !name.vfs || Overlap(*other.vfs, *name.vfs));
    });
    if (twice != known.end())
      check_.Warn(item, "is " + Shown(item) + ", but names VFs that stand before it already");
  }

  const JsonField object_, spec_, nics_;
  NodePolicy policy_;
  FieldChecker check_;
};

ReadPolicy Read(const Json& object) {
  const auto meta = ReadMeta(object);
  if (!meta) return {{}, {{Severity::kError, "/metadata", meta.error().message}}};
  PolicyReader reader(object, *meta);
  reader.Read();
  return std::move(reader).Take();
}

}  // namespace

std::string_view TextOf(DeviceType type) {
  return type == DeviceType::kNetdevice ? "netdevice" : "vfio-pci";
}

std::string_view TextOf(LinkType type) { return type == LinkType::kEthernet ? "ETH" : "IB"; }

std::vector<Finding> ValidateNodePolicy(const Json& object) { return Read(object).findings; }

Result<NodePolicy> ReadNodePolicy(const Json& object) {
  ReadPolicy read = Read(object);
  if (const Finding* error = FirstError(read.findings))
    return Fail(ErrorCode::kInvalid, error->text);
  return std::move(read.policy);
}

}  // namespace railhook

#include "vfmanager/hint.h"

#include <algorithm>
#include <array>

namespace railhook {
namespace {

struct Hint {
  std::string_view name;  // of the errno
  std::string_view text;
};

constexpr std::array kAlways = {
    Hint{"EIO", "the driver or the NIC refused: `dmesg` on the node says why"},
    Hint{"ENOSPC",
         "the NIC has too few MSI-X vectors for so many VFs, or the bridge above it too few bus "
         "numbers: write a smaller numVfs, raise the vectors in its firmware, or start the node "
         "with "
         "the kernel argument pci=assign-busses"},
    Hint{"ENOMEM",
         "the BIOS left too little PCI memory for the VFs: turn on SR-IOV (and 64-bit BARs) there, "
         "or "
         "start the node with the kernel argument pci=realloc"},
    Hint{"ERANGE", "the NIC can't have so many VFs: sriov_totalvfs says how many"},
    Hint{"EBUSY", "somebody else is changing it: run again, which begins with what is there then"},
    Hint{"EROFS", "sysfs is mounted read-only: mount the host's writable"},
    Hint{"EACCES",
         "run it as root; in a container, mount the host's sysfs elsewhere than at /sys, where "
         "AppArmor's usual profile forbids writing"},
    Hint{"EPERM", "run it as root, with the capability NET_ADMIN"},
    Hint{"ENOENT", "the PF or VF is gone, or the PF has no driver any more"},
    Hint{"ENODEV", "the PF or VF is gone, or no driver takes it: `dmesg` on the node says why"},
    Hint{"EOPNOTSUPP", "the PF's driver can't do this"},
    Hint{
        "ETIMEDOUT",
        "the driver doesn't come back: `dmesg` on the node says what it does; the node may have to "
        "be restarted"},
};

constexpr std::array kBinding = {
    Hint{
        "EINVAL",
        "the VF has no IOMMU group: turn on VT-d or AMD-Vi in the BIOS and start the node with the "
        "kernel argument intel_iommu=on or amd_iommu=on"},
    Hint{"ENOENT",
         "the driver isn't loaded: run `modprobe vfio-pci` on the node, and name it in a file of "
         "/etc/modules-load.d"},
};

// A file of modprobe.d is written.
constexpr std::array kSettingRdmaMode = {
    Hint{"ENOENT", "make that directory; in a container, mount the host's /etc/modprobe.d"},
    Hint{"EROFS", "mount that directory writable; in a container, the host's /etc/modprobe.d"},
};

// "EIO" of "...: EIO (Input/output error)".
std::string_view ErrnoNameIn(std::string_view text) {
  const auto begin = text.rfind(": E");
  if (begin == std::string_view::npos) return "";
  const auto name = text.substr(begin + 2);
  return name.substr(0, name.find(' '));
}

template <typename Hints>
std::string_view Find(const Hints& hints, std::string_view name) {
  const auto found =
      std::find_if(hints.begin(), hints.end(), [&](const Hint& hint) { return hint.name == name; });
  return found == hints.end() ? std::string_view() : found->text;
}

std::string_view FindSpecial(StepKind kind, std::string_view name) {
  if (kind == StepKind::kBindVf) return Find(kBinding, name);
  if (kind == StepKind::kSetRdmaMode) return Find(kSettingRdmaMode, name);
  return "";
}

}  // namespace

std::string HintFor(StepKind kind, std::string_view text) {
  const auto name = ErrnoNameIn(text);
  const auto special = FindSpecial(kind, name);
  return std::string(special.empty() ? Find(kAlways, name) : special);
}

}  // namespace railhook

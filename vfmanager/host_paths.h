#pragma once
// Where a host keeps what this program reads and writes; tests and containers have them elsewhere.

#include <filesystem>

namespace railhook {

struct HostPaths {
  std::filesystem::path sysfs = "/sys";
  std::filesystem::path dev = "/dev";
  std::filesystem::path proc = "/proc";
  std::filesystem::path modprobe_d = "/etc/modprobe.d";
  std::filesystem::path guids =
      "/etc/sriov-operator/infiniband/guids";         // static GUIDs (identities.h)
  std::filesystem::path state = "/var/lib/railhook";  // what this program remembers
  std::filesystem::path devinfo = "/var/run/k8s.cni.cncf.io/devinfo/dp";
  std::filesystem::path kubelet = "/var/lib/kubelet";
};

}  // namespace railhook

#pragma once
// Device nodes that VFs share or are named by, as paths below /dev.

#include <string>
#include <string_view>

namespace railhook {

inline constexpr std::string_view kRdmaCm = "infiniband/rdma_cm";
inline constexpr std::string_view kVfioContainer = "vfio/vfio";

inline std::string VfioGroup(int group) { return "vfio/" + std::to_string(group); }

// The same path on the host: kubelet, which reads it, runs there.
inline std::string PathInContainer(std::string_view node) { return "/dev/" + std::string(node); }

}  // namespace railhook

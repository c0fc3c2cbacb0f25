#include "policy/node_policy.h"

namespace railhook {

bool Overlap(const VfRange& a, const VfRange& b) { return a.first <= b.last && b.first <= a.last; }

std::string TextOf(const VfRange& range) {
  const std::string first = std::to_string(range.first);
  return range.size() == 1 ? first : first + '-' + std::to_string(range.last);
}

std::string_view TextOf(DeviceType type) {
  return type == DeviceType::kNetdevice ? "netdevice" : "vfio-pci";
}

std::string_view TextOf(LinkType type) { return type == LinkType::kEthernet ? "ETH" : "IB"; }

}  // namespace railhook

#pragma once
// Address pools that a namespace sets for all its pods: Spiderpool's IPAM prefers them to the pools
// of the networks.

#include <string>
#include <vector>

#include "k8sclient/object.h"
#include "multus/rail.h"

namespace railhook {

// A line for people for each annotation of the namespace that beats the pools of `rails`, or that
// no IPAM could read; none where no rail takes its addresses from such pools.
std::vector<std::string> DescribeNamespacePools(const StringMap& namespace_annotations,
                                                const std::vector<const Rail*>& rails);

}  // namespace railhook

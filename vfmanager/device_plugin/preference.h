#pragma once
// Which of the free VFs of a resource a container should get. Pure.

#include <string>
#include <vector>

#include "vfmanager/device_plugin/resources.h"

namespace railhook {

// `size` of the addresses in `available`, among them all of `must_include`: those on the NUMA node
// of what is already chosen (at first the one with the most free VFs), of these one of each PF
// before two of any, of these the nearest on PCIe to what is chosen, of these from the PF with the
// most free VFs; else the first. Fewer where there are fewer. Addresses that `devices` doesn't know
// come last.
std::vector<std::string> Prefer(const std::vector<VfDevice>& devices,
                                const std::vector<std::string>& available,
                                const std::vector<std::string>& must_include, int size);

}  // namespace railhook

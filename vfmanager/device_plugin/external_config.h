#pragma once
// The configuration of sriov-network-device-plugin for a node.

#include <string>
#include <vector>

#include "vfmanager/device_plugin/resources.h"

namespace railhook {

// Its JSON: each resource with the PCI addresses of its VFs, so that renamed interfaces and VFs
// whose devices are away in pods change nothing. Pure; the same resources give the same bytes.
std::string ExternalConfig(const std::string& prefix, const std::vector<VfResource>& resources);

// Which VF isn't there or isn't ready, and why; "" where all are. With such a one that plugin would
// start without it. Pure.
std::string WhyUnready(const std::vector<VfResource>& resources);

}  // namespace railhook

#pragma once
// The part of vfmanager/host_check.h that is about addresses, rules and routes. Pure.

#include <vector>

#include "vfmanager/host_check.h"

namespace railhook {

// Adds what is wrong with the Ethernet ones of `rails`.
void CheckRoutes(const std::vector<const PhysicalFunction*>& rails, const Routing& routing,
                 std::vector<HostFinding>& findings);

}  // namespace railhook

#pragma once
// A SriovNetworkNodeState (sriovnetwork.openshift.io/v1) as sriov-network-operator writes it, and
// conditions beside. Pure.

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "policy/merge.h"
#include "vfmanager/cluster_view.h"
#include "vfmanager/host_state.h"
#include "vfmanager/node_report.h"

namespace railhook {

// A new one of a node, without a status. It goes with the Node.
nlohmann::json NewNodeState(const std::string& name_space, const std::string& node,
                            const std::string& node_uid);

// The annotations behind kubectl's columns DESIRED SYNC STATE and CURRENT SYNC STATE.
StringMap StateAnnotations(const NodeReport& report);

// The conditions with the times since when they have been so, in `former` (a list, or null) or from
// `now` on.
nlohmann::json ConditionsOf(const NodeReport& report, const nlohmann::json& former,
                            const std::string& now);

// All of the status but the conditions; what is not the case is null, as a merge patch wants it.
nlohmann::json StatusOf(const HostState& host, const DesiredNode& desired,
                        const NodeReport& report);

// A status without what changes as pods come and go (names, MACs and MTUs of VFs) and without
// nulls, for comparing.
nlohmann::json SteadyPart(nlohmann::json status);

}  // namespace railhook

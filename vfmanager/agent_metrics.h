#pragma once
// What the agent tells Prometheus. Pure.

#include <string>

#include "vfmanager/agent.h"

namespace railhook {

// In its text format, version 0.0.4.
std::string MetricsText(const AgentStatus& status);

}  // namespace railhook

#pragma once
// Times as Kubernetes objects carry them (RFC 3339, UTC).

#include <chrono>
#include <string>

namespace railhook {

// "2026-01-31T12:00:00.000000Z", as in a Lease.
std::string MicroTime(std::chrono::system_clock::time_point time);

// "2026-01-31T12:00:00Z", as in an Event.
std::string SecondTime(std::chrono::system_clock::time_point time);

}  // namespace railhook

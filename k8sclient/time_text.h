#pragma once
// Times as Kubernetes objects carry them (RFC 3339, UTC).

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"

namespace railhook {

// "2026-01-31T12:00:00.000000Z", as in a Lease.
std::string MicroTime(std::chrono::system_clock::time_point time);

// "2026-01-31T12:00:00Z", as in an Event.
std::string SecondTime(std::chrono::system_clock::time_point time);

// A time with any fraction and any zone, to the second; one that no clock can hold becomes the
// nearest that it can. kInvalid where it is none.
Result<std::chrono::system_clock::time_point> ReadTime(std::string_view text);

}  // namespace railhook

#pragma once
// The kernel's errors: as people read them, and what a caller can do about them.

#include <string>

#include "base/result.h"

namespace railhook {

// "EBUSY (Device or resource busy)".
std::string ErrnoText(int number);

// kConflict where something is busy, kNotFound where there is no such file, device or protocol,
// kInvalid where a value can't be, else kUnavailable.
ErrorCode ErrnoCode(int number);

}  // namespace railhook

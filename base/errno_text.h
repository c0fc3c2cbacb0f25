#pragma once
// The kernel's errors as people read them.

#include <string>

namespace railhook {

// "EBUSY (Device or resource busy)".
std::string ErrnoText(int number);

}  // namespace railhook

#pragma once
// The process's environment.

#include <string>

namespace railhook {

// The variable's value; "" where it isn't set.
std::string Environment(const char* name);

}  // namespace railhook

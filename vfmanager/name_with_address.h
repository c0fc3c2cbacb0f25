#pragma once
// What a PF is called where people read of it.

#include <string>

namespace railhook {

// "ens1 (0000:04:00.0)", or the address where it has no name.
std::string NameWithAddress(const std::string& name, const std::string& address);

}  // namespace railhook

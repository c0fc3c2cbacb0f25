#pragma once
// PCI addresses as people write them.

#include <optional>
#include <string>
#include <string_view>

namespace railhook {

// "0000:AF:00.0", with its domain, in lower case as the kernel has it; none where it is no such
// address.
std::optional<std::string> ReadPciAddress(std::string_view text);

}  // namespace railhook

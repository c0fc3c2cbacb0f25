#pragma once
// Quantities of the Kubernetes API ("1", "2k", "1e3", "500m"), as counts of whole things.

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace railhook {

// How many whole units `text` asks for: extended resources can't be had in parts. kInvalid quotes a
// text that is no quantity, is negative, is no whole number, or is more than 2^63 - 1.
Result<std::int64_t> ParseCount(std::string_view text);

// Whether `text` is a quantity above nothing; what is no quantity counts as nothing.
bool IsAboveZero(std::string_view text);

}  // namespace railhook

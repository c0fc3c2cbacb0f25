#pragma once
// Quantities of the Kubernetes API ("1", "2k", "1e3", "500m").

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace railhook {

// How many whole units `text` asks for: extended resources can't be had in parts. kInvalid quotes a
// text that is no quantity, is negative, is no whole number, or is more than 2^63 - 1.
Result<std::int64_t> ParseCount(std::string_view text);

// How much of `resource` a node offers or a container asks for, as the scheduler counts it: CPUs in
// thousandths, all else in whole units (bytes of memory), rounded up; at most 2^63 - 1. kInvalid
// quotes a text that is no quantity or is negative.
Result<std::int64_t> ParseAmount(std::string_view resource, std::string_view text);

// Such an amount for people: "1500m", "8", "15.9Gi". What is cut off makes it less, never more.
std::string ShowAmount(std::string_view resource, std::int64_t amount);

// Whether `text` is a quantity above nothing; what is no quantity counts as nothing.
bool IsAboveZero(std::string_view text);

}  // namespace railhook

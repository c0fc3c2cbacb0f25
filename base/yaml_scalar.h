#pragma once
// What the scalars of YAML 1.1 mean, by the rules of the YAML library inside kubectl.
// Include this only in .cc files.

#include <string_view>

#include "base/json.h"

namespace railhook {

// The value of a plain scalar without a tag: null, a bool, an integer (beyond 64 bits a double), a
// double (.inf and .nan too, which JSON cannot hold) or else a string. Dates stay strings.
OrderedJson ResolvePlainScalar(std::string_view text);

}  // namespace railhook

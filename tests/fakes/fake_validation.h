#pragma once
// Rules of a real API server about the kinds of objects that this project writes.

#include <string>

#include "base/json.h"

namespace railhook {

// Why `object` may not take the place of `old` (null where it is new); "" where it may.
std::string WhyInvalid(const std::string& resource, const Json& old, const Json& object);

}  // namespace railhook

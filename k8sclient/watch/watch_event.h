#pragma once
// One line of a watch.

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/result.h"

namespace railhook {

enum class WatchEventType { kPut /* added or modified */, kDeleted, kBookmark };

// The object of `line`, which is moved to `object`. An ERROR event is the Error that its Status
// tells (kGone for 410, else kInvalid); a line that is no event, or has no resourceVersion, is
// kInvalid: it would come again to who asks from the same place.
Result<WatchEventType> ReadWatchEvent(std::string_view line, nlohmann::json& object);

// metadata.resourceVersion, or "".
std::string ResourceVersionOf(const nlohmann::json& object);

}  // namespace railhook

#pragma once
// JSON as railhook reads it from strangers: bounded in depth, checked for UTF-8, without
// exceptions. Include this only in .cc files; headers make do with <nlohmann/json_fwd.hpp>.

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/result.h"

namespace railhook {

using Json = nlohmann::json;
using OrderedJson =
    nlohmann::ordered_json;  // keeps the order of keys, for what people read; slow for huge objects

// Deeper text is refused before any of it is built: copying or printing a deep tree overflows the
// stack.
inline constexpr int kMaxJsonDepth = 128;

// The value of `text` (RFC 8259); kInvalid names the place and what is wrong there. Of equal keys
// the last one counts.
Result<Json> ParseJson(std::string_view text);
Result<OrderedJson> ParseOrderedJson(std::string_view text);

// One line without spaces. Text that is not UTF-8 comes out with replacement characters.
std::string Compact(const Json& value);
std::string Compact(const OrderedJson& value);

}  // namespace railhook

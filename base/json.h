#pragma once
// JSON as railhook reads it from strangers: bounded in depth and number, checked for UTF-8, without
// exceptions. Include this only in .cc files; headers make do with <nlohmann/json_fwd.hpp>.

#include <cstddef>
#include <functional>
#include <limits>
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

// Text with more values is refused before any of it is built, as they take up to a hundred times
// the bytes of the text. A pod of etcd's 1.5 MiB has less.
inline constexpr std::size_t kMaxJsonValues = 100'000;
inline constexpr std::size_t kAnyNumber = std::numeric_limits<std::size_t>::max();

// The value of `text` (RFC 8259); kInvalid names the place and what is wrong there. Of equal keys
// the last one counts. `most_values`: members, items, and the whole. No text has over 2 MiB.
Result<Json> ParseJson(std::string_view text, std::size_t most_values = kMaxJsonValues);
Result<OrderedJson> ParseOrderedJson(std::string_view text);

// As ParseJson, but the objects in the list that is the member `list` of the whole are handed to
// `use` one by one while the text is read, and are left out of the value: less memory for a long
// list. `use` may have been called before an error.
Result<Json> ParseJsonList(std::string_view text, std::string_view list,
                           const std::function<void(Json&&)>& use);

// How many bytes ParseJson takes at most for the value of `text` and on the way to it; quick.
std::size_t MostBytesOfJson(std::string_view text);

// One line without spaces. Text that is not UTF-8 comes out with replacement characters.
std::string Compact(const Json& value);
std::string Compact(const OrderedJson& value);

// The text of a member of an object; "" where it is missing or no text, or `object` is no object.
// AnyJson is Json or OrderedJson.
template <typename AnyJson>
std::string MemberText(const AnyJson& object, std::string_view key) {
  if (!object.is_object()) return "";
  const auto found = object.find(std::string(key));
  return found != object.end() && found->is_string() ? found->template get<std::string>() : "";
}

}  // namespace railhook

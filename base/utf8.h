#pragma once
// Steps through text that should be UTF-8.

#include <cstddef>
#include <optional>
#include <string_view>

namespace railhook {

// The code point whose bytes start at text[at], which moves behind it. Where the bytes there are no
// UTF-8 (cut off, overlong, a surrogate, beyond U+10FFFF) nullopt, and `at` stays. `at` must lie
// inside the text.
std::optional<char32_t> NextCodePoint(std::string_view text, size_t& at);

// Where the first byte stands that is no UTF-8; npos if all of the text is.
size_t FindInvalidUtf8(std::string_view text);

}  // namespace railhook

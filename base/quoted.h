#pragma once
// Text between double quotes, fit for terminals, messages and YAML.

#include <string>
#include <string_view>

namespace railhook {

// Whether the code point may be shown as it is: no control, no line end, no byte order mark, and
// given out by Unicode.
bool IsPrintable(char32_t point);

// Whether all of the text is UTF-8 and printable.
bool IsPrintable(std::string_view text);

// The text in double quotes with everything else escaped as YAML does it (JSON does too, up to
// U+FFFF). What is not UTF-8 comes out as replacement characters.
std::string DoubleQuoted(std::string_view text);

}  // namespace railhook

#pragma once
// What people see: messages on stderr, tables on stdout, colour only where a terminal is at the
// other end.

#include <string>
#include <string_view>
#include <vector>

namespace railhook {

enum class Tone { kPlain, kGood, kWarning, kBad, kFaint };

// `text` in a colour, where standard output (or error) is a terminal and NO_COLOR is not set.
std::string Coloured(std::string_view text, Tone tone, int file_descriptor);

// "error: TEXT", "warning: TEXT", "note: TEXT" on stderr.
void PrintError(std::string_view text);
void PrintWarning(std::string_view text);
void PrintNote(std::string_view text);

// Columns as wide as their widest cell; the last one runs free.
std::string Table(const std::vector<std::vector<std::string>>& rows);

}  // namespace railhook

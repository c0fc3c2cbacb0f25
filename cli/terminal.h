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

// Where lines that people read end.
inline constexpr std::size_t kTextWidth = 80;

// `text` broken at blanks so that no line is longer than kTextWidth, as far as its words allow. The
// first line is taken to start in column `indent`, the others get as many blanks.
std::string Wrapped(std::string_view text, std::size_t indent);

enum class LastColumn { kRunsFree, kWraps };

// Columns as wide as their widest cell, but for the last one.
std::string Table(const std::vector<std::vector<std::string>>& rows,
                  LastColumn last = LastColumn::kRunsFree);

}  // namespace railhook

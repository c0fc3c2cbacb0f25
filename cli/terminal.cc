#include "cli/terminal.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <sstream>

namespace railhook {
namespace {

std::string_view ColourCode(Tone tone) {
  switch (tone) {
    case Tone::kPlain:
      return "";
    case Tone::kGood:
      return "\033[32m";
    case Tone::kWarning:
      return "\033[33m";
    case Tone::kBad:
      return "\033[31m";
    case Tone::kFaint:
      return "\033[2m";
  }
  return "";
}

void Print(std::string_view label, Tone tone, std::string_view text) {
  std::cerr << Coloured(label, tone, STDERR_FILENO) << ' ' << text << '\n';
}

// Columns on the screen, taking every character as one wide.
std::size_t Width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

std::vector<std::string> Words(std::string_view text) {
  std::vector<std::string> words;
  std::istringstream in{std::string(text)};
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

}  // namespace

std::string Coloured(std::string_view text, Tone tone, int file_descriptor) {
  const char* no_colour = std::getenv("NO_COLOR");
  const bool refused = no_colour != nullptr && *no_colour != '\0';
  const bool colours = !refused && ::isatty(file_descriptor) == 1;
  if (!colours || tone == Tone::kPlain) return std::string(text);
  return std::string(ColourCode(tone)) + std::string(text) + "\033[0m";
}

void PrintError(std::string_view text) { Print("error:", Tone::kBad, text); }
void PrintWarning(std::string_view text) { Print("warning:", Tone::kWarning, text); }
void PrintNote(std::string_view text) { Print("note:", Tone::kFaint, text); }

std::string Wrapped(std::string_view text, std::size_t indent) {
  std::string wrapped;
  std::size_t column = indent;
  for (const std::string& word : Words(text)) {
    const bool first = wrapped.empty();
    const bool fits = column + (first ? 0 : 1) + Width(word) <= kTextWidth;
    if (!first && fits) {
      wrapped += ' ';
      ++column;
    } else if (!first) {
      wrapped += '\n' + std::string(indent, ' ');
      column = indent;
    }
    wrapped += word;
    column += Width(word);
  }
  return wrapped;
}

std::string Table(const std::vector<std::vector<std::string>>& rows, LastColumn last) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], Width(row[i]));
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    std::size_t column = 0;
    for (std::size_t i = 0; i + 1 < row.size(); ++i) {
      line += row[i] + std::string(widths[i] - Width(row[i]) + 2, ' ');
      column += widths[i] + 2;
    }
    line += last == LastColumn::kWraps ? Wrapped(row.back(), column) : row.back();
    text += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
  }
  return text;
}

}  // namespace railhook

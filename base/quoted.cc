#include "base/quoted.h"

#include "base/json.h"
#include "base/utf8.h"

namespace railhook {
namespace {

std::string Escape(char32_t point) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string escaped = point > 0xFFFF ? "\\U" : "\\u";
  for (int shift = point > 0xFFFF ? 28 : 12; shift >= 0; shift -= 4) {
    escaped += kHex[point >> shift & 0xF];
  }
  return escaped;
}

}  // namespace

bool IsPrintable(char32_t point) {
  if (point < 0x20 || (point >= 0x7F && point < 0xA0)) return false;
  if (point == 0x2028 || point == 0x2029 || point == 0xFEFF) return false;
  return (point & 0xFFFE) != 0xFFFE;
}

bool IsPrintable(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const auto point = NextCodePoint(text, at);
    if (!point || !IsPrintable(*point)) return false;
  }
  return true;
}

std::string DoubleQuoted(std::string_view text) {
  const auto json = Compact(Json(text));  // leaves some unprintable ones
  std::string quoted;
  for (size_t at = 0; at < json.size();) {
    const size_t start = at;
    const auto point = NextCodePoint(json, at);
    if (IsPrintable(*point)) {
      quoted.append(json, start, at - start);
    } else {
      quoted += Escape(*point);
    }
  }
  return quoted;
}

}  // namespace railhook

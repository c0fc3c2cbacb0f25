#include "base/utf8.h"

#include <cassert>

namespace railhook {
namespace {

struct Lead {
  size_t size;        // bytes of the whole sequence
  char32_t bits;      // what the first byte gives to the code point
  char32_t smallest;  // less is overlong
};

std::optional<Lead> ReadLead(unsigned char byte) {
  if (byte < 0x80) return Lead{1, byte, 0};
  if (byte >= 0xC2 && byte < 0xE0) return Lead{2, byte & 0x1Fu, 0x80};
  if (byte >= 0xE0 && byte < 0xF0) return Lead{3, byte & 0x0Fu, 0x800};
  if (byte >= 0xF0 && byte < 0xF5) return Lead{4, byte & 0x07u, 0x10000};
  return std::nullopt;
}

bool IsSurrogate(char32_t point) { return point >= 0xD800 && point < 0xE000; }

}  // namespace

std::optional<char32_t> NextCodePoint(std::string_view text, size_t& at) {
  assert(at < text.size());
  const auto lead = ReadLead(static_cast<unsigned char>(text[at]));
  if (!lead || text.size() - at < lead->size) return std::nullopt;
  char32_t point = lead->bits;
  for (const char c : text.substr(at + 1, lead->size - 1)) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) != 0x80) return std::nullopt;
    point = point << 6 | (byte & 0x3Fu);
  }
  if (point < lead->smallest || point > 0x10FFFF || IsSurrogate(point)) return std::nullopt;
  at += lead->size;
  return point;
}

size_t FindInvalidUtf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    if (!NextCodePoint(text, at)) return at;
  }
  return std::string_view::npos;
}

}  // namespace railhook

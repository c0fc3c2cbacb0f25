#include "base/yaml_scalar.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

namespace railhook {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

template <size_t n>
bool IsOneOf(std::string_view text, const std::string_view (&words)[n]) {
  return std::find(words, words + n, text) != words + n;
}

std::optional<OrderedJson> ResolveWord(std::string_view text) {
  static constexpr std::string_view kNull[] = {"", "~", "null", "Null", "NULL"};
  static constexpr std::string_view kTrue[] = {"true", "True", "TRUE", "yes", "Yes", "YES",
                                               "on",   "On",   "ON",   "y",   "Y"};
  static constexpr std::string_view kFalse[] = {"false", "False", "FALSE", "no", "No", "NO",
                                                "off",   "Off",   "OFF",   "n",  "N"};
  static constexpr std::string_view kPlusInf[] = {".inf",  ".Inf",  ".INF",
                                                  "+.inf", "+.Inf", "+.INF"};
  static constexpr std::string_view kMinusInf[] = {"-.inf", "-.Inf", "-.INF"};
  static constexpr std::string_view kNotANumber[] = {".nan", ".NaN", ".NAN"};
  if (IsOneOf(text, kNull)) return OrderedJson();
  if (IsOneOf(text, kTrue)) return OrderedJson(true);
  if (IsOneOf(text, kFalse)) return OrderedJson(false);
  if (IsOneOf(text, kPlusInf)) return OrderedJson(kInfinity);
  if (IsOneOf(text, kMinusInf)) return OrderedJson(-kInfinity);
  if (IsOneOf(text, kNotANumber)) return OrderedJson(kNan);
  return std::nullopt;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsSign(char c) { return c == '+' || c == '-'; }

bool SkipSign(std::string_view& text) {
  if (text.empty() || !IsSign(text[0])) return false;
  text.remove_prefix(1);
  return true;
}

size_t SkipDigits(std::string_view& text) {
  const auto count =
      static_cast<size_t>(std::find_if_not(text.begin(), text.end(), IsDigit) - text.begin());
  text.remove_prefix(count);
  return count;
}

int SkipBase(std::string_view& text) {
  if (text.size() < 2 || text[0] != '0') return 10;
  const char letter = static_cast<char>(text[1] | 0x20);  // in lower case
  const int base = letter == 'x' ? 16 : letter == 'b' ? 2 : 8;
  text.remove_prefix(base == 8 && letter != 'o' ? 1 : 2);
  return base;
}

std::optional<OrderedJson> ResolveInteger(std::string_view text) {
  const bool negative = text[0] == '-';
  const bool has_sign = SkipSign(text);
  const int base = SkipBase(text);
  uint64_t magnitude = 0;
  const auto [end, error] = std::from_chars(text.begin(), text.end(), magnitude, base);
  if (error != std::errc() || end != text.end()) return std::nullopt;
  constexpr uint64_t kMax = std::numeric_limits<int64_t>::max();
  if (negative && magnitude <= kMax + 1) return OrderedJson(static_cast<int64_t>(-magnitude));
  if (has_sign && magnitude > kMax) return std::nullopt;
  return OrderedJson(magnitude);
}

// [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?
bool LooksLikeFloat(std::string_view text) {
  SkipSign(text);
  size_t digits = SkipDigits(text);
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    digits += SkipDigits(text);
  }
  if (digits == 0) return false;
  if (text.empty()) return true;
  if (text[0] != 'e' && text[0] != 'E') return false;
  text.remove_prefix(1);
  SkipSign(text);
  return SkipDigits(text) > 0 && text.empty();
}

std::optional<OrderedJson> ResolveFloat(std::string_view text) {
  if (!LooksLikeFloat(text)) return std::nullopt;
  if (text[0] == '+') text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.begin(), text.end(), value);
  if (error != std::errc() || end != text.end()) return std::nullopt;
  return OrderedJson(value);
}

std::optional<OrderedJson> ResolveNumber(std::string_view text) {
  if (text[0] == '.') return ResolveFloat(text);
  if (!IsDigit(text[0]) && !IsSign(text[0])) return std::nullopt;
  std::string digits(text);
  std::erase(digits, '_');
  if (auto integer = ResolveInteger(digits)) return integer;
  return ResolveFloat(digits);
}

}  // namespace

OrderedJson ResolvePlainScalar(std::string_view text) {
  if (auto word = ResolveWord(text)) return *std::move(word);
  if (auto number = ResolveNumber(text)) return *std::move(number);
  return std::string(text);
}

}  // namespace railhook

#include "k8sclient/quantity.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <string>

namespace railhook {
namespace {

// digits x 10^tens x 2^twos, where `digits` has no sign, no point and no leading zeros.
struct Scaled {
  std::string digits;
  int tens = 0;
  int twos = 0;
  bool negative = false;
};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::optional<int> ParseExponent(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  int exponent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
  if (error != std::errc() || end != text.data() + text.size() || std::abs(exponent) > 1000)
    return {};
  return exponent;
}

bool ReadSuffix(std::string_view suffix, Scaled& number) {
  static constexpr struct {
    std::string_view suffix;
    int tens, twos;
  } kSuffixes[] = {{"", 0, 0},    {"n", -9, 0},  {"u", -6, 0},  {"m", -3, 0},
                   {"k", 3, 0},   {"M", 6, 0},   {"G", 9, 0},   {"T", 12, 0},
                   {"P", 15, 0},  {"E", 18, 0},  {"Ki", 0, 10}, {"Mi", 0, 20},
                   {"Gi", 0, 30}, {"Ti", 0, 40}, {"Pi", 0, 50}, {"Ei", 0, 60}};
  for (const auto& known : kSuffixes) {
    if (known.suffix != suffix) continue;
    number.tens += known.tens;
    number.twos = known.twos;
    return true;
  }
  if (suffix.front() != 'e' && suffix.front() != 'E') return false;
  const auto exponent = ParseExponent(suffix.substr(1));
  if (exponent) number.tens += *exponent;
  return exponent.has_value();
}

std::optional<Scaled> ReadScaled(std::string_view text) {
  Scaled number;
  if (!text.empty() && (text.front() == '+' || text.front() == '-')) {
    number.negative = text.front() == '-';
    text.remove_prefix(1);
  }
  bool point = false;
  std::size_t used = 0;
  for (; used < text.size() && (IsDigit(text[used]) || (text[used] == '.' && !point)); ++used) {
    if (text[used] == '.') {
      point = true;
      continue;
    }
    number.digits += text[used];
    number.tens -= point ? 1 : 0;
  }
  if (number.digits.empty() || number.digits.size() > 64) return {};
  if (!ReadSuffix(text.substr(used), number)) return {};
  number.digits.erase(0, std::min(number.digits.find_first_not_of('0'), number.digits.size()));
  return number;
}

// Trailing zeros of the digits for powers of ten below one, as far as there are any.
bool MakeWhole(Scaled& number) {
  while (number.tens < 0 && number.digits.ends_with('0')) {
    number.digits.pop_back();
    ++number.tens;
  }
  return number.tens >= 0;
}

std::optional<std::int64_t> Value(const Scaled& number) {
  std::int64_t value = 0;
  const auto multiply = [&](int factor) { return !__builtin_mul_overflow(value, factor, &value); };
  for (const char digit : number.digits) {
    if (!multiply(10) || __builtin_add_overflow(value, digit - '0', &value)) return {};
  }
  for (int i = 0; i < number.tens; ++i) {
    if (!multiply(10)) return {};
  }
  for (int i = 0; i < number.twos; ++i) {
    if (!multiply(2)) return {};
  }
  return value;
}

}  // namespace

Result<std::int64_t> ParseCount(std::string_view text) {
  const auto fail = [text](std::string_view why) {
    return Fail(ErrorCode::kInvalid, '"' + std::string(text) + "\" " + std::string(why));
  };
  auto number = ReadScaled(text);
  if (!number) return fail("is not a quantity");
  if (number->digits.empty()) return 0;
  if (number->negative) return fail("is negative");
  if (!MakeWhole(*number)) return fail("is not a whole number");
  const auto value = Value(*number);
  if (!value) return fail("is too large");
  return *value;
}

bool IsAboveZero(std::string_view text) {
  const auto number = ReadScaled(text);
  return number && !number->negative && !number->digits.empty();
}

}  // namespace railhook

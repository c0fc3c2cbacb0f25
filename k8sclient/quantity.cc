#include "k8sclient/quantity.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <optional>
#include <utility>

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

// The value where it is whole (MakeWhole); nullopt above 2^63 - 1.
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

// The next larger whole number. A fraction of a power of two may still be whole: 0.5Ki is 512.
std::int64_t ValueRoundedUp(Scaled number) {
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  if (MakeWhole(number)) return Value(number).value_or(kMost);
  const long double exact =
      std::strtold((number.digits + 'e' + std::to_string(number.tens)).c_str(), nullptr);
  const long double whole = std::ceil(std::ldexp(exact, number.twos));
  return whole >= static_cast<long double>(kMost) ? kMost : static_cast<std::int64_t>(whole);
}

tl::unexpected<Error> Refuse(std::string_view text, std::string_view why) {
  return Fail(ErrorCode::kInvalid, '"' + std::string(text) + "\" " + std::string(why));
}

Result<Scaled> ReadNotNegative(std::string_view text) {
  auto number = ReadScaled(text);
  if (!number) return Refuse(text, "is not a quantity");
  if (number->negative && !number->digits.empty()) return Refuse(text, "is negative");
  return *number;
}

bool IsCpu(std::string_view resource) { return resource == "cpu"; }

bool IsInBytes(std::string_view resource) {
  return resource == "memory" || resource == "ephemeral-storage" ||
         resource.starts_with("hugepages-");
}

// "15.9Gi": the largest unit of which there is one, and a digit behind the point.
std::string ShowBytes(std::int64_t bytes) {
  static constexpr std::string_view kUnits[] = {"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};
  std::size_t unit = 0;
  std::int64_t tenths = 0;
  while (bytes >= 1024) {
    tenths = bytes % 1024 * 10 / 1024;
    bytes /= 1024;
    ++unit;
  }
  const std::string point = tenths == 0 ? "" : '.' + std::to_string(tenths);
  return std::to_string(bytes) + point + std::string(kUnits[unit]);
}

}  // namespace

Result<std::int64_t> ParseCount(std::string_view text) {
  Scaled number = TRY(ReadNotNegative(text));
  if (number.digits.empty()) return 0;
  if (!MakeWhole(number)) return Refuse(text, "is not a whole number");
  const auto value = Value(number);
  if (!value) return Refuse(text, "is too large");
  return *value;
}

Result<std::int64_t> ParseAmount(std::string_view resource, std::string_view text) {
  Scaled number = TRY(ReadNotNegative(text));
  if (number.digits.empty()) return 0;
  if (IsCpu(resource)) number.tens += 3;
  return ValueRoundedUp(std::move(number));
}

std::string ShowAmount(std::string_view resource, std::int64_t amount) {
  if (IsInBytes(resource)) return ShowBytes(amount);
  if (!IsCpu(resource)) return std::to_string(amount);
  return amount % 1000 == 0 ? std::to_string(amount / 1000) : std::to_string(amount) + 'm';
}

bool IsAboveZero(std::string_view text) {
  const auto number = ReadScaled(text);
  return number && !number->negative && !number->digits.empty();
}

}  // namespace railhook

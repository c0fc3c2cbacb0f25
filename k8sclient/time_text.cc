#include "k8sclient/time_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>
#include <optional>

#include "base/text.h"

namespace railhook {
namespace {

std::string ToTheSecond(std::time_t seconds) {
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  const auto length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  return {text.data(), length};
}

std::optional<int> TwoDigits(std::string_view text) {
  int number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.size() != 2 || read.ptr != text.data() + 2 || number < 0) return std::nullopt;
  return number;
}

// How far a zone is ahead of UTC: "Z", "+02:00".
std::optional<std::chrono::minutes> ReadZone(std::string_view text) {
  if (text == "Z" || text == "z") return std::chrono::minutes(0);
  if (text.size() != 6 || text[3] != ':' || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const auto hours = TwoDigits(text.substr(1, 2));
  const auto minutes = TwoDigits(text.substr(4));
  if (!hours || !minutes) return std::nullopt;
  return (text[0] == '-' ? -1 : 1) * std::chrono::minutes(60 * *hours + *minutes);
}

// Clocks count nanoseconds in 64 bits, from 1677 to 2262.
std::chrono::system_clock::time_point WithinRange(std::chrono::seconds since_epoch) {
  using Clock = std::chrono::system_clock;
  const auto whole = [](Clock::duration time) {
    return std::chrono::duration_cast<std::chrono::seconds>(time);
  };
  return Clock::time_point(
      std::clamp(since_epoch, whole(Clock::duration::min()), whole(Clock::duration::max())));
}

std::string_view WithoutFraction(std::string_view text) {
  if (!text.starts_with('.')) return text;
  return text.substr(std::min(text.size(), text.find_first_not_of("0123456789", 1)));
}

}  // namespace

std::string MicroTime(std::chrono::system_clock::time_point time) {
  const auto micros =
      std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
  std::array<char, 16> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%06dZ", static_cast<int>(micros % 1'000'000));
  return ToTheSecond(static_cast<std::time_t>(micros / 1'000'000)) + fraction.data();
}

std::string SecondTime(std::chrono::system_clock::time_point time) {
  return ToTheSecond(std::chrono::system_clock::to_time_t(time)) + 'Z';
}

Result<std::chrono::system_clock::time_point> ReadTime(std::string_view text) {
  std::tm parts{};
  const std::string whole(text);
  const char* rest = ::strptime(whole.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  const auto zone = rest ? ReadZone(WithoutFraction(rest)) : std::nullopt;
  if (!zone) return Fail(ErrorCode::kInvalid, Quoted(text) + " is no time (RFC 3339)");
  return WithinRange(std::chrono::seconds(::timegm(&parts)) - *zone);
}

}  // namespace railhook

#include "k8sclient/time_text.h"

#include <array>
#include <cstdio>
#include <ctime>

namespace railhook {
namespace {

std::string ToTheSecond(std::time_t seconds) {
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  const auto length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  return {text.data(), length};
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

}  // namespace railhook

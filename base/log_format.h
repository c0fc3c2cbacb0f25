#pragma once
// What a line of the log looks like.

#include <chrono>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "base/log.h"

namespace railhook {

enum class LogStyle {
  kJson,         // {"ts":"2026-11-21T07:00:00.123Z","level":"info","msg":"reloaded","rails":8}
  kText,         // 07:00:00 INFO  reloaded rails=8
  kColoredText,  // the same with the level in its color
};

using LogFields = std::initializer_list<std::pair<std::string_view, LogValue>>;

// The line without its end, which nothing in message or fields can forge. Times are UTC.
std::string FormatLogLine(std::chrono::system_clock::time_point time, LogLevel level,
                          std::string_view message, LogFields fields, LogStyle style);

// debug, info, warning or error.
std::string_view LogLevelName(LogLevel level);

}  // namespace railhook

#include "base/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>

#include "base/log_format.h"

namespace railhook {
namespace {

LogStyle StyleOfStderr() {
  if (isatty(STDERR_FILENO) == 0) return LogStyle::kJson;
  const char* no_color = std::getenv("NO_COLOR");
  return no_color != nullptr && *no_color != '\0' ? LogStyle::kText : LogStyle::kColoredText;
}

spdlog::level::level_enum SpdlogLevel(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

spdlog::logger& Logger() {
  static const auto logger = [] {
    auto made = std::make_unique<spdlog::logger>("railhook",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    return made;
  }();
  return *logger;
}

}  // namespace

void Log(LogLevel level, std::string_view message, LogFields fields) {
  if (!Logger().should_log(SpdlogLevel(level))) return;
  static const LogStyle style = StyleOfStderr();
  const auto now = std::chrono::system_clock::now();
  Logger().log(SpdlogLevel(level), FormatLogLine(now, level, message, fields, style));
}

void SetLogLevel(LogLevel level) { Logger().set_level(SpdlogLevel(level)); }

bool SetLogLevel(std::string_view name) {
  for (const auto level :
       {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarning, LogLevel::kError}) {
    if (name != LogLevelName(level)) continue;
    SetLogLevel(level);
    return true;
  }
  return false;
}

}  // namespace railhook

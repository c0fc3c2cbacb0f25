#include "base/log_format.h"

#include <array>
#include <ctime>

#include "base/json.h"
#include "base/quoted.h"

namespace railhook {
namespace {

using Time = std::chrono::system_clock::time_point;

std::string FormatTime(Time time, const char* format) {
  const auto seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), format, &parts)};
}

// RFC 3339 with milliseconds.
std::string Timestamp(Time time) {
  using std::chrono::milliseconds;
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  const auto fraction = std::chrono::floor<milliseconds>(time - whole).count();
  const auto digits = std::to_string(1000 + fraction).substr(1);
  return FormatTime(whole, "%Y-%m-%dT%H:%M:%S.") + digits + 'Z';
}

std::string JsonText(const LogValue& value) {
  if (const auto* number = std::get_if<long long>(&value)) return std::to_string(*number);
  return Compact(Json(std::get<std::string_view>(value)));
}

std::string FormatJson(Time time, LogLevel level, std::string_view message, LogFields fields) {
  std::string line = "{\"ts\":\"" + Timestamp(time) + "\",\"level\":\"";
  line += LogLevelName(level);
  line += "\",\"msg\":" + JsonText(message);
  for (const auto& [name, value] : fields) {
    line += ',' + JsonText(name) + ':' + JsonText(value);
  }
  return line + '}';
}

std::string_view LevelColumn(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "DEBUG";
    case LogLevel::kInfo:
      return "INFO ";
    case LogLevel::kWarning:
      return "WARN ";
    case LogLevel::kError:
      return "ERROR";
  }
  return "";
}

std::string_view LevelColor(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "\x1B[90m";
    case LogLevel::kInfo:
      return "\x1B[32m";
    case LogLevel::kWarning:
      return "\x1B[33m";
    case LogLevel::kError:
      return "\x1B[31m";
  }
  return "";
}

// As it is, if that does not look like several fields.
std::string WordOrQuoted(std::string_view text) {
  const bool is_word =
      !text.empty() && text.find_first_of(" \"=") == text.npos && IsPrintable(text);
  return is_word ? std::string(text) : DoubleQuoted(text);
}

std::string PlainText(const LogValue& value) {
  if (const auto* number = std::get_if<long long>(&value)) return std::to_string(*number);
  return WordOrQuoted(std::get<std::string_view>(value));
}

std::string FormatText(Time time, LogLevel level, std::string_view message, LogFields fields,
                       bool colored) {
  std::string line = FormatTime(time, "%H:%M:%S") + ' ';
  if (colored) line += LevelColor(level);
  line += LevelColumn(level);
  if (colored) line += "\x1B[0m";
  line += ' ' + (IsPrintable(message) ? std::string(message) : DoubleQuoted(message));
  for (const auto& [name, value] : fields) {
    line += ' ' + WordOrQuoted(name) + '=' + PlainText(value);
  }
  return line;
}

}  // namespace

std::string FormatLogLine(Time time, LogLevel level, std::string_view message, LogFields fields,
                          LogStyle style) {
  if (style == LogStyle::kJson) return FormatJson(time, level, message, fields);
  return FormatText(time, level, message, fields, style == LogStyle::kColoredText);
}

std::string_view LogLevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "";
}

}  // namespace railhook

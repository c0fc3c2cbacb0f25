#pragma once
// The program's log: one line an event on stderr. JSON, or text for people where stderr is a
// terminal. Never log a secret or anything of a pod but its names.

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace railhook {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

using LogValue = std::variant<std::string_view, long long>;

// Thread-safe. `fields` follow the message: Log(kInfo, "reloaded", {{"rails", 8}, {"directory",
// path}}).
void Log(LogLevel level, std::string_view message,
         std::initializer_list<std::pair<std::string_view, LogValue>> fields = {});

// What is below `level` is dropped; kInfo to begin with.
void SetLogLevel(LogLevel level);

// The level named debug, info, warning or error; false for another name.
bool SetLogLevel(std::string_view name);

}  // namespace railhook

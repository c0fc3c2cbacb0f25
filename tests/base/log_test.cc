#include "base/log.h"

#include <doctest/doctest.h>

#include <thread>
#include <vector>

#include "base/json.h"
#include "base/log_format.h"
#include "tests/captured_stderr.h"

namespace railhook {
namespace {

// 2026-11-21 07:00:00.123456 UTC
constexpr std::chrono::system_clock::time_point kTime{std::chrono::microseconds(1795244400123456)};

std::string AsJson(LogLevel level, std::string_view message, LogFields fields) {
  return FormatLogLine(kTime, level, message, fields, LogStyle::kJson);
}

std::string AsText(LogLevel level, std::string_view message, LogFields fields) {
  return FormatLogLine(kTime, level, message, fields, LogStyle::kText);
}

bool Contains(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

TEST_CASE("a JSON line holds time, level, message and fields in order") {
  CHECK(AsJson(LogLevel::kInfo, "reloaded", {{"rails", 8}, {"directory", "/etc/x"}}) ==
        R"({"ts":"2026-11-21T07:00:00.123Z","level":"info","msg":"reloaded",)"
        R"("rails":8,"directory":"/etc/x"})");
  CHECK(AsJson(LogLevel::kError, "", {}) ==
        R"({"ts":"2026-11-21T07:00:00.123Z","level":"error","msg":""})");
}

TEST_CASE("the fraction of a second has three digits") {
  const auto line = [](std::chrono::milliseconds since_epoch) {
    return FormatLogLine(std::chrono::system_clock::time_point(since_epoch), LogLevel::kInfo, "",
                         {}, LogStyle::kJson);
  };
  CHECK(Contains(line(std::chrono::milliseconds(0)), "\"1970-01-01T00:00:00.000Z\""));
  CHECK(Contains(line(std::chrono::milliseconds(1007)), "\"1970-01-01T00:00:01.007Z\""));
  CHECK(Contains(line(std::chrono::milliseconds(-1)), "\"1969-12-31T23:59:59.999Z\""));
}

TEST_CASE("a JSON line is valid whatever bytes it is given") {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  for (const std::string_view text :
       {std::string_view(bytes), std::string_view("\xE2\x82"), std::string_view("\"},{\"x\":\""),
        std::string_view("\n\r\0", 3)}) {
    const auto line = AsJson(LogLevel::kInfo, text, {{text, text}});
    CHECK(line.find('\n') == line.npos);
    CHECK(ParseJson(line)->size() == 4);
  }
  const auto value = ParseJson(AsJson(LogLevel::kInfo, "a\"b\\\x01\n\xFF", {}));
  CHECK(value->at("msg") == "a\"b\\\x01\n\xEF\xBF\xBD");
}

TEST_CASE("a text line has columns for time and level") {
  CHECK(AsText(LogLevel::kInfo, "reloaded all", {{"rails", 8}, {"directory", "/etc/x"}}) ==
        "07:00:00 INFO  reloaded all rails=8 directory=/etc/x");
  CHECK(AsText(LogLevel::kDebug, "a", {}) == "07:00:00 DEBUG a");
  CHECK(AsText(LogLevel::kWarning, "a", {}) == "07:00:00 WARN  a");
  CHECK(AsText(LogLevel::kError, "a", {{"n", -1}}) == "07:00:00 ERROR a n=-1");
}

TEST_CASE("values that could be taken for more than one are quoted") {
  CHECK(AsText(LogLevel::kInfo, "m", {{"a", "x y"}, {"b", ""}, {"c", "d=e"}, {"f", "\"g\""}}) ==
        R"(07:00:00 INFO  m a="x y" b="" c="d=e" f="\"g\"")");
}

TEST_CASE("a text line cannot be broken or colored from inside") {
  CHECK(AsText(LogLevel::kInfo, "a\n07:00:00 ERROR b", {{"c", "\x1B[31m"}}) ==
        R"(07:00:00 INFO  "a\n07:00:00 ERROR b" c="\u001b[31m")");
  CHECK(AsText(LogLevel::kInfo,
               "\xC2\x9B"
               "31m",
               {{"\n", "\xFF"}}) == "07:00:00 INFO  \"\\u009b31m\" \"\\n\"=\"\xEF\xBF\xBD\"");
}

TEST_CASE("color is for the level alone") {
  CHECK(FormatLogLine(kTime, LogLevel::kError, "a", {{"b", 1}}, LogStyle::kColoredText) ==
        "07:00:00 \x1B[31mERROR\x1B[0m a b=1");
  CHECK(FormatLogLine(kTime, LogLevel::kInfo, "a", {}, LogStyle::kColoredText) ==
        "07:00:00 \x1B[32mINFO \x1B[0m a");
}

TEST_CASE("Log writes one line an event to stderr") {
  const CapturedStderr captured;
  Log(LogLevel::kInfo, "first {} %s", {{"rails", 8}, {"name", std::string("x")}});
  Log(LogLevel::kError, "second");
  const auto lines = captured.Lines();
  REQUIRE(lines.size() == 2);
  CHECK(Contains(lines[0], "first {} %s"));
  CHECK(Contains(lines[0], "rails"));
  CHECK(Contains(lines[1], "second"));
}

TEST_CASE("what is below the level is dropped") {
  const CapturedStderr captured;
  const auto log_all = [] {
    Log(LogLevel::kDebug, "debug-event");
    Log(LogLevel::kInfo, "info-event");
    Log(LogLevel::kWarning, "warning-event");
    Log(LogLevel::kError, "error-event");
  };
  log_all();
  CHECK(captured.Lines().size() == 3);
  SetLogLevel(LogLevel::kError);
  log_all();
  CHECK(captured.Lines().size() == 4);
  CHECK(Contains(captured.Lines().back(), "error-event"));
  SetLogLevel(LogLevel::kDebug);
  log_all();
  CHECK(captured.Lines().size() == 8);
  SetLogLevel(LogLevel::kInfo);
}

TEST_CASE("a level is set by its name, and only by that") {
  const CapturedStderr captured;
  for (const std::string_view name : {"debug", "warning", "error", "info"}) {
    CAPTURE(name);
    CHECK(SetLogLevel(name));
  }
  for (const std::string_view name : {"", "Info", "warn", "trace", "information"}) {
    CAPTURE(name);
    CHECK(!SetLogLevel(name));
  }
  Log(LogLevel::kDebug, "dropped");
  Log(LogLevel::kInfo, "kept");
  CHECK(captured.Lines().size() == 1);
}

TEST_CASE("lines of several threads do not mix") {
  constexpr int kThreads = 4;
  constexpr int kEvents = 200;
  const CapturedStderr captured;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([] {
        for (int n = 0; n < kEvents; ++n) Log(LogLevel::kInfo, "begin", {{"end", "mark"}});
      });
    }
  }
  const auto lines = captured.Lines();
  CHECK(lines.size() == kThreads * kEvents);
  for (const auto& line : lines) {
    const bool whole = Contains(line, "begin") && Contains(line, "mark") &&
                       line.rfind("begin") == line.find("begin");
    CHECK(whole);
  }
}

}  // namespace
}  // namespace railhook

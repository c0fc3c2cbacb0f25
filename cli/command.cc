#include "cli/command.h"

#include <CLI/CLI.hpp>

#include "cli/terminal.h"

namespace railhook {

int ParseAndRun(CLI::App& app, int argc, char** argv, const Command& chosen) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? kOk : kUsage;
  }
  return chosen();
}

int CodeOf(const Result<int>& ended) {
  if (ended) return *ended;
  PrintError(ended.error().message);
  return ended.error().code == ErrorCode::kNotFound ? kUsage : kRefused;
}

void AddOutput(CLI::App& command, std::string& output, const std::vector<std::string>& formats) {
  output = formats.front();
  command.add_option("-o,--output", output, "Format of the output")
      ->check(CLI::IsMember(formats))
      ->capture_default_str();
}

void AddLogLevel(CLI::App& command, std::string& level) {
  command.add_option("--log-level", level, "debug, info, warning or error")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}))
      ->capture_default_str();
}

}  // namespace railhook

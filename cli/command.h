#pragma once
// The subcommands of railhook. Each adds itself to the command line; chosen, it runs and says how
// the program ends.

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"

namespace CLI {
class App;
}

namespace railhook {

enum ExitCode : int {
  kOk = 0,
  kRefused = 1,  // denied, invalid, or not to be done
  kUsage = 2,    // the command line is wrong
};

// Set by the subcommand that was chosen; runs it.
using Command = std::function<int()>;

// Runs what `chosen` holds once the command line is parsed; the program's exit code.
int ParseAndRun(CLI::App& app, int argc, char** argv, const Command& chosen);

// The exit code that a subcommand ended with. An error is printed; kUsage where what the subcommand
// was told to read isn't there, else kRefused.
int CodeOf(const Result<int>& ended);

// Adds --output, one of `formats`, of which the first is the default.
void AddOutput(CLI::App& command, std::string& output, const std::vector<std::string>& formats);

// Adds --log-level, whose default `level` holds already.
void AddLogLevel(CLI::App& command, std::string& level);

void AddServe(CLI::App& app, Command& chosen);
void AddInject(CLI::App& app, Command& chosen);
void AddExplain(CLI::App& app, Command& chosen);
void AddRails(CLI::App& app, Command& chosen);
void AddLint(CLI::App& app, Command& chosen);
void AddNad(CLI::App& app, Command& chosen);
void AddVersion(CLI::App& app, Command& chosen);

// The program's version, such as "0.1.0".
std::string Version();

// Parses the command line and runs what it asks for.
int RunRailhook(int argc, char** argv);

}  // namespace railhook

#pragma once
// The subcommands of railhook. Each adds itself to the command line; chosen, it runs and says how
// the program ends.

#include <functional>
#include <string>

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

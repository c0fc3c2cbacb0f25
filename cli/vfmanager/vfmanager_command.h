#pragma once
// The subcommands of railhook-vfmanager. Each adds itself to the command line; chosen, it runs and
// says how the program ends (cli/command.h).

#include "cli/command.h"

namespace railhook {

inline constexpr int kRebootNeeded = 3;  // all is done but what the node has to be restarted for

void AddCheck(CLI::App& app, Command& chosen);
void AddRun(CLI::App& app, Command& chosen);
void AddStatus(CLI::App& app, Command& chosen);
void AddValidate(CLI::App& app, Command& chosen);
void AddPlan(CLI::App& app, Command& chosen);
void AddApply(CLI::App& app, Command& chosen);

// Parses the command line and runs what it asks for.
int RunVfManager(int argc, char** argv);

}  // namespace railhook

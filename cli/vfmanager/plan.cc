#include "vfmanager/plan.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "cli/terminal.h"
#include "cli/vfmanager/plan_print.h"
#include "cli/vfmanager/planned.h"
#include "cli/vfmanager/vfmanager_command.h"

namespace railhook {
namespace {

struct Options {
  PlanSources sources;
  std::string output;
};

Result<int> ShowPlan(const Options& options) {
  const Plan plan = TRY(PlanOfThisMachine(options.sources));
  if (options.output == "json") {
    std::cout << PlanJson(plan).dump(2) << '\n';
  } else {
    std::cout << PlanText(plan);
    for (const std::string& note : plan.notes) PrintNote(note);
  }
  return plan.refuses() ? kRefused : kOk;
}

}  // namespace

void AddPlan(CLI::App& app, Command& chosen) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand(
      "plan", "Show what would be done so that this machine's VFs are as policies say, and why");
  command
      ->add_option("--policies", options->sources.policies,
                   "File or directory of SriovNetworkNodePolicies and SriovNetworkPoolConfigs")
      ->required()
      ->type_name("FILE|DIR");
  AddOutput(*command, options->output, {"text", "json"});
  AddPlanSources(*command, options->sources);
  command->footer(
      "Exit code: 0 all can be done, 1 something is refused or can't be read, 2 wrong usage.");
  command->callback(
      [options, &chosen] { chosen = [options] { return CodeOf(ShowPlan(*options)); }; });
}

}  // namespace railhook

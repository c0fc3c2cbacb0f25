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
  std::string output = "text";
};

int RunPlan(const Options& options) {
  const auto plan = PlanOfThisMachine(options.sources);
  if (!plan) {
    PrintError(plan.error().message);
    return kRefused;
  }
  if (options.output == "json") {
    std::cout << PlanJson(*plan).dump(2) << '\n';
  } else {
    std::cout << PlanText(*plan);
    for (const std::string& note : plan->notes) PrintNote(note);
  }
  return plan->refuses() ? kRefused : kOk;
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
  command->add_option("-o,--output", options->output, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  AddPlanSources(*command, options->sources);
  command->footer(
      "Exit code: 0 all can be done, 1 something is refused or can't be read, 2 wrong usage.");
  command->callback([options, &chosen] { chosen = [options] { return RunPlan(*options); }; });
}

}  // namespace railhook

#include "vfmanager/apply.h"

#include <CLI/CLI.hpp>
#include <iostream>

#include "base/text.h"
#include "cli/terminal.h"
#include "cli/vfmanager/plan_print.h"
#include "cli/vfmanager/planned.h"
#include "cli/vfmanager/vfmanager_command.h"

namespace railhook {
namespace {

struct Options {
  PlanSources sources;
  bool dry_run = false;
  bool verbose = false;
};

void PrintFailure(const std::string& who, const StepFailure& failure) {
  PrintError(who + TextOf(failure.step) + ": " + failure.text +
             (failure.hint.empty() ? "" : "; " + failure.hint));
}

void PrintRefusals(const Plan& plan) {
  for (const PfPlan& pf : plan.pfs)
    if (pf.refusal) PrintError(NameOf(pf) + ": " + pf.refusal->message);
}

void PrintReport(const ApplyReport& report) {
  int steps = 0;
  for (const PfOutcome& pf : report.pfs) {
    steps += pf.steps_done;
    for (const StepFailure& failure : pf.failures)
      PrintFailure(Or(pf.name, pf.address) + ": ", failure);
  }
  if (report.rdma_mode) PrintFailure("", *report.rdma_mode);
  if (report.reboot_needed) PrintWarning(kWhyReboot);
  std::cout << Count(static_cast<std::size_t>(steps), "step") << " done, "
            << Count(static_cast<std::size_t>(report.writes), "write") << '\n';
}

int CodeOf(const Plan& plan, const ApplyReport& report) {
  if (!report.ok() || plan.refuses()) return kRefused;
  return report.reboot_needed ? kRebootNeeded : kOk;
}

Result<int> Carry(const Plan& plan, const Options& options) {
  const OnStep tell = [&](const PfPlan& pf, const Step& step) {
    if (options.verbose)
      std::cout << Or(pf.name, pf.address) + ": " + TextOf(step) + '\n' << std::flush;
  };
  const ApplyReport report =
      TRY(Apply(plan, options.sources.host, KernelNetlink, tell, std::stop_token()));
  PrintReport(report);
  return CodeOf(plan, report);
}

Result<int> ApplyFiles(const Options& options) {
  const Plan plan = TRY(PlanOfThisMachine(options.sources));
  for (const std::string& note : plan.notes) PrintNote(note);
  if (options.dry_run) {
    std::cout << PlanText(plan);
    return plan.refuses() ? kRefused : kOk;
  }
  PrintRefusals(plan);
  return Carry(plan, options);
}

}  // namespace

void AddApply(CLI::App& app, Command& chosen) {
  auto options = std::make_shared<Options>();
  auto* command =
      app.add_subcommand("apply", "Make this machine's VFs be as policies say, without Kubernetes");
  auto* source = command->add_option_group("Policies");
  source
      ->add_option("--policies", options->sources.policies,
                   "File or directory of SriovNetworkNodePolicies and SriovNetworkPoolConfigs")
      ->type_name("FILE|DIR");
  source
      ->add_option("--from", options->sources.saved,
                   "The file in which the agent keeps its node's, for the next boot")
      ->type_name("FILE");
  source->require_option(1);
  command->add_flag("--dry-run", options->dry_run, "Only show the plan; nothing is written");
  command->add_flag("-v,--verbose", options->verbose, "Print each step before it is done");
  AddPlanSources(*command, options->sources);
  command->footer(
      "Exit code: 0 done or nothing to do, 1 refused or failed, 2 wrong usage, 3 done, but the "
      "node "
      "has to be restarted.");
  command->callback(
      [options, &chosen] { chosen = [options] { return CodeOf(ApplyFiles(*options)); }; });
}

}  // namespace railhook

// `railhook-vfmanager validate`: what is wrong with policies and pools in files.

#include <CLI/CLI.hpp>
#include <memory>

#include "base/text.h"
#include "cli/findings.h"
#include "cli/terminal.h"
#include "cli/vfmanager/policy_files.h"
#include "cli/vfmanager/vfmanager_command.h"

namespace railhook {
namespace {

Result<int> Validate(const std::string& path) {
  const PolicyFiles files = TRY(CheckPolicyFiles(path));
  std::size_t errors = files.unreadable.size();
  for (const Error& file : files.unreadable) PrintError(file.message);
  for (const PolicyFinding& found : files.findings) {
    PrintFinding(found.place, found.object, found.finding);
    errors += found.finding.severity == Severity::kError;
  }
  const std::size_t warnings = files.findings.size() + files.unreadable.size() - errors;
  if (errors + warnings > 0)
    PrintNote(Count(errors, "error") + ", " + Count(warnings, "warning"));
  else if (files.policies.empty() && files.pools.empty())
    PrintNote(path + " holds no SriovNetworkNodePolicy and no SriovNetworkPoolConfig");
  return errors > 0 ? kRefused : kOk;
}

}  // namespace

void AddValidate(CLI::App& app, Command& chosen) {
  auto path = std::make_shared<std::string>();
  auto* command = app.add_subcommand(
      "validate", "Say what is wrong with policies and pools in files, and where they contradict");
  command->add_option("--policies", *path, "File or directory of SriovNetworkNodePolicies")
      ->required()
      ->type_name("FILE|DIR");
  command->footer(
      "Exit code: 0 clean (warnings allowed), 1 findings that would be refused, 2 wrong usage.");
  command->callback([path, &chosen] { chosen = [path] { return CodeOf(Validate(*path)); }; });
}

}  // namespace railhook

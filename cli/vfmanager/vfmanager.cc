#include <CLI/CLI.hpp>

#include "cli/vfmanager/vfmanager_command.h"

namespace railhook {
namespace {

constexpr auto kAbout =
    "railhook-vfmanager makes a node's SR-IOV virtual functions be what its\n"
    "SriovNetworkNodePolicies say.";

}  // namespace

int RunVfManager(int argc, char** argv) {
  CLI::App app(kAbout, "railhook-vfmanager");
  app.require_subcommand(1);
  Command chosen;
  AddRun(app, chosen);
  AddStatus(app, chosen);
  AddCheck(app, chosen);
  AddValidate(app, chosen);
  AddPlan(app, chosen);
  AddApply(app, chosen);
  AddVersion(app, chosen);
  return ParseAndRun(app, argc, argv, chosen);
}

}  // namespace railhook

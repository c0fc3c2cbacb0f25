#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/command.h"

namespace railhook {
namespace {

constexpr auto kAbout =
    "railhook gives a training pod all its RDMA rails for one annotation.\n\n"
    "A pod (or its namespace) that carries\n"
    "  cni.spidernet.io/rdma-resource-inject: <class>\n"
    "gets every network of that class, and one unit of each network's resource.";

constexpr auto kExamples =
    "Examples:\n"
    "  railhook inject -f pod.yaml --rails rails/    what the pod would get\n"
    "  railhook explain -f pod.yaml --rails rails/   why it would get that, or nothing\n"
    "  railhook rails --rails rails/                 which classes and rails there are\n"
    "  railhook lint -f rails/                       what is wrong with them\n"
    "  railhook nad -f rails/                        the networks that Multus would read\n"
    "  railhook serve --rails rails/ --certs certs/  the webhook itself";

}  // namespace

int RunRailhook(int argc, char** argv) {
  CLI::App app(kAbout, "railhook");
  app.footer(kExamples);
  app.require_subcommand(1);
  Command chosen;
  AddInject(app, chosen);
  AddExplain(app, chosen);
  AddRails(app, chosen);
  AddLint(app, chosen);
  AddNad(app, chosen);
  AddServe(app, chosen);
  AddVersion(app, chosen);
  return ParseAndRun(app, argc, argv, chosen);
}

}  // namespace railhook

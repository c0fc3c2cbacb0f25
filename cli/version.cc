#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/command.h"

namespace railhook {

std::string Version() { return RAILHOOK_VERSION; }

void AddVersion(CLI::App& app, Command& chosen) {
  app.add_subcommand("version", "Print the version")->callback([&chosen, name = app.get_name()] {
    chosen = [name] {
      std::cout << name << ' ' << Version() << '\n';
      return kOk;
    };
  });
}

}  // namespace railhook

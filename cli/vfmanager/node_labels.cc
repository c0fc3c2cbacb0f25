#include "cli/vfmanager/node_labels.h"

#include <sys/utsname.h>

#include <CLI/CLI.hpp>
#include <string>

#include "base/text.h"

namespace railhook {
namespace {

// As Go calls architectures.
std::string GoArchitecture(std::string_view machine) {
  if (machine == "x86_64") return "amd64";
  return machine == "aarch64" ? "arm64" : std::string(machine);
}

}  // namespace

void AddNodeLabels(CLI::App& command, std::string& labels) {
  command
      .add_option("--node-labels", labels,
                  "The node's labels, beside kubernetes.io/os, arch and hostname")
      ->type_name("KEY=VALUE,...");
}

StringMap KubeletLabels() {
  utsname system{};
  ::uname(&system);
  return {{"kubernetes.io/os", "linux"},
          {"kubernetes.io/arch", GoArchitecture(system.machine)},
          {"kubernetes.io/hostname", system.nodename}};
}

Result<StringMap> ParseLabels(std::string_view text) {
  StringMap labels;
  for (const std::string& item : SplitList(text)) {
    const auto equals = item.find('=');
    if (equals == std::string::npos || equals == 0)
      return Fail(ErrorCode::kInvalid, Quoted(item) + " is no label: write KEY=VALUE");
    labels[item.substr(0, equals)] = item.substr(equals + 1);
  }
  return labels;
}

Result<StringMap> NodeLabels(std::string_view text) {
  StringMap labels = TRY(ParseLabels(text));
  labels.merge(KubeletLabels());
  return labels;
}

}  // namespace railhook

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "cli/terminal.h"
#include "cli/vfmanager/host_options.h"
#include "cli/vfmanager/network_mtus.h"
#include "cli/vfmanager/node_labels.h"
#include "cli/vfmanager/vfmanager_command.h"
#include "cli/vfmanager/wanted_here.h"
#include "vfmanager/host_check.h"

namespace railhook {
namespace {

struct Options {
  std::string policies;
  std::string node_labels;
  std::string output;
  HostPaths paths;
};

Result<HostWishes> WishesOf(const Options& options, const HostState& host) {
  HostWishes wishes;
  if (options.policies.empty()) return wishes;
  WantedHere wanted = TRY(ReadWanted(options.policies, options.node_labels, host.Nics()));
  wishes.node = std::move(wanted.node);
  wishes.rdma_mode = wanted.rdma_mode;
  wishes.mtus = TRY(ReadNetworkMtus(options.policies));
  return wishes;
}

void PrintNotes(const DesiredNode& node) {
  for (const std::string& note : node.notes) PrintNote(note);
  for (const auto& [pf, refusal] : node.refused) PrintWarning(pf + ": " + refusal);
}

std::string Indented(const std::string& lines) {
  std::string text = "    ";
  for (const char c : lines) text += c == '\n' ? "\n    " : std::string(1, c);
  return text + '\n';
}

std::string_view LabelOf(const HostFinding& finding) {
  return finding.severity == Severity::kError ? "error" : "warning";
}

std::string TextOf(const HostFinding& finding) {
  const std::string label = std::string(LabelOf(finding)) + ": ";
  const Tone tone = finding.severity == Severity::kError ? Tone::kBad : Tone::kWarning;
  return Coloured(label, tone, STDOUT_FILENO) +
         Wrapped(finding.subject + ' ' + finding.text, label.size()) + "\n  " +
         Wrapped(finding.why, 2) + '\n' + Indented(finding.command);
}

std::size_t CountOf(const std::vector<HostFinding>& findings, Severity severity) {
  return static_cast<std::size_t>(
      std::count_if(findings.begin(), findings.end(),
                    [&](const HostFinding& finding) { return finding.severity == severity; }));
}

std::string TextOf(const std::vector<HostFinding>& findings) {
  if (findings.empty()) return "Nothing here keeps RDMA from working.\n";
  std::string text;
  for (const HostFinding& finding : findings) text += TextOf(finding) + '\n';
  return text + Count(CountOf(findings, Severity::kError), "error") + ", " +
         Count(CountOf(findings, Severity::kWarning), "warning") + '\n';
}

OrderedJson JsonOf(const std::vector<HostFinding>& findings) {
  OrderedJson list = OrderedJson::array();
  for (const HostFinding& finding : findings) {
    OrderedJson item;
    item["severity"] = LabelOf(finding);
    item["check"] = finding.check;
    item["subject"] = finding.subject;
    item["text"] = finding.text;
    item["why"] = finding.why;
    item["command"] = finding.command;
    list.push_back(std::move(item));
  }
  OrderedJson json;
  json["findings"] = std::move(list);
  return json;
}

Result<int> Check(const Options& options) {
  const auto netlink = KernelNetlink();
  const HostSetup setup = TRY(ObserveSetup(options.paths, *netlink));
  const HostWishes wishes = TRY(WishesOf(options, setup.state));
  if (wishes.node) PrintNotes(*wishes.node);
  const auto findings = CheckHost(setup, wishes);
  std::cout << (options.output == "json" ? JsonOf(findings).dump(2) + '\n' : TextOf(findings));
  return CountOf(findings, Severity::kError) > 0 ? kRefused : kOk;
}

}  // namespace

void AddCheck(CLI::App& app, Command& chosen) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand(
      "check", "Say what on this machine would keep RDMA from working, and what mends it");
  command
      ->add_option("--policies", options->policies,
                   "Policies and pools that the machine shall follow, and SpiderMultusConfigs")
      ->type_name("FILE|DIR");
  AddNodeLabels(*command, options->node_labels);
  AddOutput(*command, options->output, {"text", "json"});
  AddHostOptions(*command, options->paths);
  command->footer("Changes nothing. Exit code: 0 nothing but warnings, 1 errors, 2 wrong usage.");
  command->callback([options, &chosen] { chosen = [options] { return CodeOf(Check(*options)); }; });
}

}  // namespace railhook

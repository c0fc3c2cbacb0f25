#include <CLI/CLI.hpp>
#include <dtl/dtl.hpp>
#include <iostream>

#include "base/text.h"
#include "base/yaml.h"
#include "cli/command.h"
#include "cli/manifest.h"
#include "cli/sources.h"
#include "cli/terminal.h"

namespace railhook {
namespace {

struct Options {
  std::string file;
  std::string name_space = "default";
  std::string output;
  Sources sources;
};

std::string Yaml(const std::vector<OrderedJson>& documents) {
  std::string text;
  for (const OrderedJson& document : documents) {
    if (!text.empty()) text += "---\n";
    text += EmitYaml(document);
  }
  return text;
}

std::string Patches(const ManifestOutcome& outcome) {
  std::vector<OrderedJson> patches;
  for (const ObjectOutcome& object : outcome.objects)
    patches.push_back(OrderedJson::parse(object.patch.ToJson()));
  if (patches.size() == 1) return IndentedJson(patches);
  std::vector<OrderedJson> named;
  for (std::size_t i = 0; i < patches.size(); ++i)
    named.push_back({{"object", outcome.objects[i].name}, {"patch", patches[i]}});
  return OrderedJson(named).dump(2) + '\n';
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

Tone ToneOf(std::string_view line) {
  if (line.starts_with('+')) return Tone::kGood;
  if (line.starts_with('-')) return Tone::kBad;
  return line.starts_with('@') ? Tone::kFaint : Tone::kPlain;
}

// A unified diff of the YAML before and after.
std::string Diff(const ManifestOutcome& outcome) {
  dtl::Diff<std::string> diff(Lines(Yaml(outcome.before)), Lines(Yaml(outcome.after)));
  diff.compose();
  diff.composeUnifiedHunks();
  std::ostringstream hunks;
  diff.printUnifiedFormat(hunks);
  std::string text;
  for (const std::string& line : Lines(hunks.str()))
    text += Coloured(line, ToneOf(line), STDOUT_FILENO) + '\n';
  return text;
}

std::string Rendered(const ManifestOutcome& outcome, std::string_view output) {
  if (output == "json") return IndentedJson(outcome.after);
  if (output == "patch") return Patches(outcome);
  if (output == "diff") return Diff(outcome);
  return Yaml(outcome.after);
}

int RunInject(const Options& options) {
  const auto opened = OpenSources(options.sources);
  if (!opened) return opened.error();
  const auto documents = ReadManifest(options.file);
  if (!documents) {
    PrintError(documents.error().message);
    return kRefused;
  }
  const auto outcome =
      InjectManifest(*documents, options.name_space, opened->index, opened->config);
  for (const std::string& warning : outcome.warnings) PrintWarning(warning);
  for (const std::string& note : outcome.notes) PrintNote(note);
  for (const std::string& denial : outcome.denials) PrintError("denied: " + denial);
  if (!outcome.denials.empty()) return kRefused;
  std::cout << Rendered(outcome, options.output);
  return kOk;
}

}  // namespace

void AddInject(CLI::App& app, Command& chosen) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("inject", "Print manifests as their pods would be admitted");
  command
      ->add_option("-f,--file", options->file,
                   "Manifest with pods or workloads; - is standard input")
      ->required()
      ->type_name("FILE");
  command->add_option("-n,--namespace", options->name_space, "Namespace of objects that name none")
      ->capture_default_str();
  AddOutput(*command, options->output, {"yaml", "json", "patch", "diff"});
  AddSources(*command, options->sources);
  command->footer(
      "Warnings and reasons go to standard error. Exit code: 0 injected or nothing to do, 1 denied "
      "or invalid.");
  command->callback([options, &chosen] { chosen = [options] { return RunInject(*options); }; });
}

}  // namespace railhook

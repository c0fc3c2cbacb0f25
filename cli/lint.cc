#include "multus/lint.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "base/text.h"
#include "base/yaml.h"
#include "cli/command.h"
#include "cli/findings.h"
#include "cli/manifest.h"
#include "cli/sources.h"
#include "cli/terminal.h"
#include "multus/rail_directory.h"
#include "webhook/inject/pod_templates.h"

namespace railhook {
namespace {

struct Options {
  std::string path;
  bool fix = false;
};

// Checks files, and counts what it finds.
class Linter {
 public:
  explicit Linter(const RailIndex& index) : index_(index) {}

  void Check(const ObjectFile& file) {
    for (const YamlDocument& document : file.documents) {
      ForEachObject(document.value, [&](const OrderedJson& object, const std::string& pointer) {
        auto findings = FindingsOn(object);
        const auto line = [&](const Finding& finding) {
          return document.LineOf(pointer + finding.pointer);
        };
        std::stable_sort(findings.begin(), findings.end(),
                         [&](const Finding& a, const Finding& b) { return line(a) < line(b); });
        for (const Finding& finding : findings) {
          Report(finding, file.Place(document, pointer + finding.pointer), object);
        }
      });
    }
  }

  std::size_t errors() const { return errors_; }
  std::size_t warnings() const { return warnings_; }

 private:
  std::vector<Finding> FindingsOn(const OrderedJson& object) const {
    auto findings = LintObject(object, index_);
    for (std::string& misplaced : MisplacedAnnotations(object, {})) {
      findings.push_back({Severity::kWarning, "/metadata/annotations", std::move(misplaced)});
    }
    return findings;
  }

  void Report(const Finding& finding, const std::string& place, const OrderedJson& object) {
    ++(finding.severity == Severity::kError ? errors_ : warnings_);
    PrintFinding(place, ObjectName(object), finding);
  }

  const RailIndex& index_;
  std::size_t errors_ = 0;
  std::size_t warnings_ = 0;
};

// The document with each of its objects fixed.
OrderedJson FixDocument(const OrderedJson& document, const std::string& file) {
  OrderedJson fixed = document;
  ForEachObject(document, [&](const OrderedJson& object, const std::string& pointer) {
    std::vector<std::string> changes;
    fixed[OrderedJson::json_pointer(pointer)] = FixObject(object, changes);
    for (const std::string& change : changes)
      PrintNote(file + ": " + ObjectName(object) + ": " + change);
  });
  return fixed;
}

void Fix(std::vector<ObjectFile>& files) {
  bool first = true;
  for (ObjectFile& file : files) {
    for (YamlDocument& document : file.documents) {
      document.value = FixDocument(document.value, file.path);
      std::cout << (first ? "" : "---\n") << EmitYaml(document.value);
      first = false;
    }
  }
}

Result<int> Lint(const Options& options) {
  auto files = TRY(ReadObjectFiles(options.path));
  const RailIndex index = TRY(LoadIndex(options.path));
  if (options.fix) Fix(files);
  Linter linter(index);
  for (const ObjectFile& file : files) linter.Check(file);
  if (linter.errors() + linter.warnings() > 0) {
    PrintNote(Count(linter.errors(), "error") + ", " + Count(linter.warnings(), "warning"));
  }
  return linter.errors() > 0 ? kRefused : kOk;
}

}  // namespace

void AddLint(CLI::App& app, Command& chosen) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand(
      "lint", "Say what is wrong with SpiderMultusConfigs and annotated networks in files");
  command->add_option("-f,--file", options->path, "File or directory")
      ->required()
      ->type_name("FILE|DIR");
  command->add_flag("--fix", options->fix,
                    "Print the documents with older forms written as today's CRD wants them");
  command->footer(
      "Exit code: 0 clean (warnings allowed), 1 findings that would be refused, 2 wrong usage.");
  command->callback([options, &chosen] { chosen = [options] { return CodeOf(Lint(*options)); }; });
}

}  // namespace railhook

// `railhook nad`: the NetworkAttachmentDefinitions that stand for the SpiderMultusConfigs of files.

#include <CLI/CLI.hpp>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "base/text.h"
#include "base/yaml.h"
#include "cli/command.h"
#include "cli/config.h"
#include "cli/findings.h"
#include "cli/manifest.h"
#include "cli/terminal.h"
#include "multus/lint.h"
#include "multus/network_generation.h"
#include "multus/rail_directory.h"

namespace railhook {
namespace {

struct Options {
  std::string path;
  std::string config;
  std::string output;
};

// Makes the networks of one file after the other, and says what is wrong with those that it can't
// make.
class NetworkMaker {
 public:
  NetworkMaker(const RailIndex& index, const Ipam& ipam) : index_(index), ipam_(ipam) {}

  void Add(const ObjectFile& file) {
    for (const YamlDocument& document : file.documents) {
      ForEachObject(document.value, [&](const OrderedJson& object, const std::string& pointer) {
        if (KindOf(object) != ObjectKind::kSpiderMultusConfig) return;
        for (const Finding& finding : AddObject(object, file.Place(document, pointer))) {
          PrintFinding(file.Place(document, pointer + finding.pointer), ObjectName(object),
                       finding);
          failed_ = true;
        }
      });
    }
  }

  bool failed() const { return failed_; }
  const std::vector<OrderedJson>& networks() const { return networks_; }

 private:
  // The errors; without any, the network is made.
  std::vector<Finding> AddObject(const OrderedJson& object, const std::string& place) {
    auto findings = LintObject(object, index_);
    std::erase_if(findings, [](const Finding& f) { return f.severity != Severity::kError; });
    if (!findings.empty()) return findings;
    const auto network = NetworkOf(object, ipam_);
    if (!network) return {{Severity::kError, "/spec", network.error().message}};
    const std::string name = ObjectName(*network);
    const auto [first, is_new] = places_.emplace(name, place);
    if (!is_new) {
      return {{Severity::kError, "/metadata",
               "would make " + name + ", as what stands in " + first->second +
                   " does: give one of them another name"}};
    }
    networks_.push_back(*network);
    return {};
  }

  const RailIndex& index_;
  const Ipam& ipam_;
  std::map<std::string, std::string> places_;  // of what made each network
  std::vector<OrderedJson> networks_;
  bool failed_ = false;
};

// The network with its configuration over several lines.
OrderedJson Readable(OrderedJson network) {
  constexpr int kIndent = 2;
  if (!network.contains("spec")) return network;
  OrderedJson& config = network["spec"]["config"];
  const auto parsed = ParseOrderedJson(config.get_ref<const std::string&>());
  if (parsed) config = parsed->dump(kIndent) + '\n';
  return network;
}

std::string Yaml(const std::vector<OrderedJson>& networks) {
  std::string text;
  for (const OrderedJson& network : networks) {
    text += (text.empty() ? "" : "---\n") + EmitYaml(Readable(network));
  }
  return text;
}

Result<std::vector<ObjectFile>> ReadInput(const std::string& path) {
  if (path != "-") return ReadObjectFiles(path);
  ObjectFile input{"standard input", TRY(ReadManifest(path))};
  std::vector<ObjectFile> files;
  files.push_back(std::move(input));
  return files;
}

Result<int> MakeNetworks(const Options& options) {
  const Config config = TRY(LoadConfig(options.config));
  const auto files = TRY(ReadInput(options.path));
  const RailIndex index(TRY(CollectRails(files)));
  NetworkMaker maker(index, config.ipam);
  for (const ObjectFile& file : files) maker.Add(file);
  if (maker.failed()) return kRefused;
  const auto& networks = maker.networks();
  if (networks.empty()) PrintNote("there is no SpiderMultusConfig in " + options.path);
  std::cout << (options.output == "json" ? IndentedJson(networks) : Yaml(networks));
  return kOk;
}

}  // namespace

void AddNad(CLI::App& app, Command& chosen) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand(
      "nad", "Print the NetworkAttachmentDefinitions that stand for SpiderMultusConfigs");
  command->add_option("-f,--file", options->path, "File or directory; - is standard input")
      ->required()
      ->type_name("FILE|DIR");
  AddOutput(*command, options->output, {"yaml", "json"});
  command->add_option("--config", options->config, "Configuration file, whose ipam counts")
      ->type_name("FILE");
  command->footer(
      "What is wrong goes to standard error, and then nothing is printed. Exit code: 0 done, 1 "
      "invalid, 2 wrong usage.");
  command->callback(
      [options, &chosen] { chosen = [options] { return CodeOf(MakeNetworks(*options)); }; });
}

}  // namespace railhook

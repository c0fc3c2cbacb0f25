#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <map>

#include "base/contains.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/sources.h"
#include "cli/terminal.h"
#include "multus/network_faults.h"
#include "webhook/inject/namespace_label.h"

namespace railhook {
namespace {

struct Options {
  std::string output;
  Sources sources;
};

// A rail as a member of one class; `key` is null for a network without a class.
struct Row {
  const InjectKey* key;
  std::string class_name;
  const Rail* rail;
};

// By the id of a SpiderMultusConfig; none where no cluster is read.
using NetworkFaults = std::map<std::string, std::string>;

constexpr InjectKey kKeys[] = {InjectKey::kRdma, InjectKey::kNetwork};

std::vector<Row> RowsOf(const RailIndex& index) {
  std::vector<Row> rows;
  for (const InjectKey& key : kKeys) {
    for (const std::string& name : index.Classes(key)) {
      for (const Rail& rail : index.rails()) {
        const auto& classes = rail.Classes(key);
        if (Contains(classes, name)) rows.push_back({&key, name, &rail});
      }
    }
  }
  for (const Rail& rail : index.rails()) {
    if (rail.rdma_classes.empty() && rail.network_classes.empty())
      rows.push_back({nullptr, "", &rail});
  }
  return rows;
}

std::string_view KeyName(const InjectKey* key) {
  if (key == nullptr) return "-";
  return *key == InjectKey::kRdma ? "rdma" : "network";
}

std::string_view Units(const Rail& rail) {
  if (rail.resource.empty()) return "-";
  return rail.exclusive ? "own" : "shared";
}

// What keeps a rail from serving its class, and what else looks wrong.
std::vector<std::string> FaultsOf(const Row& row, const RailIndex& index,
                                  const InjectConfig& config, const NetworkFaults& networks) {
  std::vector<std::string> faults;
  if (row.key == nullptr) return faults;
  const auto found = networks.find(row.rail->name_space + '/' + row.rail->ObjectName());
  const bool configured = row.rail->source == RailSource::kSpiderMultusConfig;
  if (configured && found != networks.end()) faults.push_back(found->second);
  for (const Problem& problem : row.rail->ProblemsFor(*row.key)) faults.push_back(problem.text);
  for (const std::string& pool : index.UnknownPools(*row.rail)) {
    faults.push_back("the pool " + Quoted(pool) + " is not among the SpiderIPPools");
  }
  if (row.rail->deleting) faults.push_back("is being deleted: no pod gets it");
  const auto& limited = config.rail_namespaces;
  if (!limited.empty() && !Contains(limited, row.rail->name_space)) {
    const bool network = row.rail->source == RailSource::kNetworkAttachmentDefinition;
    faults.push_back((network ? "serves its own namespace only, as namespace " : "namespace ") +
                     Quoted(row.rail->name_space) + " is not in railNamespaces");
  }
  return faults;
}

std::string TableOf(const RailIndex& index, const InjectConfig& config,
                    const NetworkFaults& networks) {
  std::vector<std::vector<std::string>> cells = {
      {"CLASS", "KEY", "RAIL", "TYPE", "RESOURCE", "UNITS", "POOLS"}};
  std::vector<std::string> faults;  // a rail of two classes has them once
  for (const Row& row : RowsOf(index)) {
    const Rail& rail = *row.rail;
    cells.push_back({Or(row.class_name, "-"), std::string(KeyName(row.key)), rail.Id(),
                     Or(rail.cni_type, "-"), Or(rail.resource, "-"), std::string(Units(rail)),
                     Or(Join(rail.pools, ","), "-")});
    for (const std::string& fault : FaultsOf(row, index, config, networks)) {
      const auto line = Coloured(rail.Object() + ": " + fault, Tone::kBad, STDOUT_FILENO) + '\n';
      if (!Contains(faults, line)) faults.push_back(line);
    }
  }
  if (cells.size() == 1) return "no rails here\n";
  return Table(cells) + (faults.empty() ? "" : "\n" + Join(faults, ""));
}

OrderedJson JsonOf(const RailIndex& index, const InjectConfig& config,
                   const NetworkFaults& networks) {
  OrderedJson list = OrderedJson::array();
  for (const Row& row : RowsOf(index)) {
    const Rail& rail = *row.rail;
    OrderedJson item;
    item["class"] = row.class_name;
    item["key"] = row.key == nullptr ? "" : AnnotationOf(*row.key);
    item["namespace"] = rail.name_space;
    item["name"] = rail.name;
    item["cniType"] = rail.cni_type;
    item["resource"] = rail.resource;
    item["exclusive"] = rail.exclusive;
    item["pools"] = rail.pools;
    item["problems"] = FaultsOf(row, index, config, networks);
    list.push_back(std::move(item));
  }
  return list;
}

int RunRails(const Options& options) {
  const auto opened = OpenSources(options.sources);
  if (!opened) return opened.error();
  const auto& [index, config, kept, cluster] = *opened;
  Result<NetworkFaults> networks;
  if (cluster) networks = FindNetworkFaults(cluster->client, kept);
  if (!networks) {
    PrintError(networks.error().message);
    return kRefused;
  }
  std::cout << (options.output == "json" ? JsonOf(index, config, *networks).dump(2) + '\n'
                                         : TableOf(index, config, *networks));
  for (const std::string& name : NamespacesWithoutLabel(index, config))
    PrintNote("Namespace " + name + ": " + std::string(kWithoutLabel));
  return kOk;
}

}  // namespace

void AddRails(CLI::App& app, Command& chosen) {
  auto options = std::make_shared<Options>();
  auto* command =
      app.add_subcommand("rails", "List classes and their rails, and what is wrong with each");
  AddOutput(*command, options->output, {"table", "json"});
  AddSources(*command, options->sources);
  command->footer(
      "UNITS: own = each rail takes a unit of its resource for itself; shared = one unit serves "
      "all rails that name it.");
  command->callback([options, &chosen] { chosen = [options] { return RunRails(*options); }; });
}

}  // namespace railhook

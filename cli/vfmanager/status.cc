#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "base/text.h"
#include "cli/terminal.h"
#include "cli/vfmanager/host_json.h"
#include "cli/vfmanager/host_options.h"
#include "cli/vfmanager/vfmanager_command.h"
#include "vfmanager/observe.h"

namespace railhook {
namespace {

struct Options {
  std::string output;
  HostPaths paths;
};

using Rows = std::vector<std::vector<std::string>>;

std::string NameOf(const std::optional<RdmaDevice>& rdma) { return rdma ? rdma->name : "-"; }

std::string NumberOr(const std::optional<int>& number) {
  return number ? std::to_string(*number) : "-";
}

// "IB 200000 Mb/s up".
std::string LinkOf(const PhysicalFunction& pf) {
  if (pf.name.empty() && !pf.link_type) return "-";
  const std::string type = pf.link_type ? std::string(TextOf(*pf.link_type)) + ' ' : "";
  const std::string speed = pf.speed.empty() ? "" : pf.speed + ' ';
  return type + speed + (!pf.up ? "down" : pf.carrier ? "up" : "no link");
}

bool IsInfiniBand(const PhysicalFunction& pf) { return pf.link_type == LinkType::kInfiniBand; }

std::string PfTable(const HostState& host) {
  Rows rows = {{"PF", "NAME", "DRIVER", "RDMA", "MTU", "VFS", "LINK"}};
  for (const PhysicalFunction& pf : host.pfs) {
    rows.push_back({pf.address, Or(pf.name, "-"), Or(pf.driver, "-"), NameOf(pf.rdma),
                    NumberOr(pf.mtu),
                    std::to_string(pf.num_vfs) + '/' + std::to_string(pf.total_vfs), LinkOf(pf)});
  }
  return Table(rows);
}

// The address by which others know a VF; one that it should have and hasn't stands out.
std::string IdentityOf(const PhysicalFunction& pf, const VirtualFunction& vf) {
  if (!IsInfiniBand(pf)) return vf.mac.IsSet() ? vf.mac.Text() : "-";
  const Guid guid = vf.rdma && vf.rdma->node_guid ? *vf.rdma->node_guid : vf.admin_node_guid;
  return guid.IsSet() ? guid.Text() : Coloured("not set", Tone::kBad, STDOUT_FILENO);
}

std::string PfIdentity(const PhysicalFunction& pf) {
  if (IsInfiniBand(pf) && pf.rdma && pf.rdma->node_guid)
    return "GUID " + pf.rdma->node_guid->Text();
  return pf.mac.IsSet() ? "MAC " + pf.mac.Text() : "";
}

// "ens1 (0000:01:00.0), also rail0, MAC 02:5a:00:01:00:00".
std::string TitleOf(const PhysicalFunction& pf) {
  std::vector<std::string> parts = {Or(pf.name, "PF") + " (" + pf.address + ")"};
  if (!pf.alt_names.empty()) parts.push_back("also " + Join(pf.alt_names, ", "));
  if (const std::string identity = PfIdentity(pf); !identity.empty()) parts.push_back(identity);
  return Wrapped(Join(parts, ", "), 0) + '\n';
}

std::string VfTable(const PhysicalFunction& pf) {
  Rows rows = {
      {"VF", "ADDRESS", "DRIVER", "NETDEV", "RDMA", "MTU", IsInfiniBand(pf) ? "GUID" : "MAC"}};
  for (const VirtualFunction& vf : pf.vfs) {
    rows.push_back({std::to_string(vf.index), vf.address, Or(vf.driver, "-"), Or(vf.netdev, "-"),
                    NameOf(vf.rdma), NumberOr(vf.mtu), IdentityOf(pf, vf)});
  }
  return Table(rows);
}

std::string ModeLine(const HostState& host) {
  if (!host.rdma_mode) return "This kernel has no RDMA.\n";
  const bool shared = *host.rdma_mode == RdmaMode::kShared;
  return "RDMA devices: " + std::string(TextOf(*host.rdma_mode)) +
         (shared ? ", seen in every network namespace\n"
                 : ", seen in one network namespace each\n");
}

std::string StatusText(const HostState& host) {
  std::string text = ModeLine(host);
  if (host.pfs.empty()) return text + "No NIC here can have virtual functions.\n";
  text += '\n' + PfTable(host);
  for (const PhysicalFunction& pf : host.pfs)
    if (!pf.vfs.empty()) text += '\n' + TitleOf(pf) + VfTable(pf);
  return text;
}

Result<int> ShowStatus(const Options& options) {
  const auto netlink = KernelNetlink();
  const HostState host = TRY(Observe(options.paths, *netlink));
  std::cout << (options.output == "json" ? HostJson(host).dump(2) + '\n' : StatusText(host));
  return kOk;
}

}  // namespace

void AddStatus(CLI::App& app, Command& chosen) {
  auto options = std::make_shared<Options>();
  auto* command =
      app.add_subcommand("status", "Show this machine's NICs and their VFs as they are");
  AddOutput(*command, options->output, {"text", "json"});
  AddHostOptions(*command, options->paths);
  command->callback(
      [options, &chosen] { chosen = [options] { return CodeOf(ShowStatus(*options)); }; });
}

}  // namespace railhook

#pragma once
// What RDMA needs of a host beside its VFs: addresses and routes, kernel modules, PCI bridges.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vfmanager/host_paths.h"
#include "vfmanager/host_state.h"
#include "vfmanager/netlink.h"
#include "vfmanager/rdma_mode.h"
#include "vfmanager/routing.h"

namespace railhook {

// A PCI bridge above PFs.
struct PciBridge {
  std::string address;
  std::vector<std::string> pfs;      // addresses of PFs below it
  std::optional<std::uint16_t> acs;  // its ACS control; none where it has none
  bool readable = true;              // not without root

  bool operator==(const PciBridge&) const = default;
};

struct HostSetup {
  HostState state;
  Routing routing;  // of the PFs' links
  RdmaModeAtBoot rdma_at_boot;
  std::vector<std::string> gpus;     // PCI addresses of NVIDIA's
  std::vector<std::string> modules;  // that are loaded
  std::vector<PciBridge> bridges;    // by their address

  bool HasModule(std::string_view name) const;
};

Result<HostSetup> ObserveSetup(const HostPaths& paths, Netlink& netlink);

// The control register of Access Control Services in a device's configuration space, of which
// `config` may be only the beginning; none where it has none.
std::optional<std::uint16_t> AcsControl(std::string_view config);

}  // namespace railhook

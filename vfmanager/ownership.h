#pragma once
// What of a PF is this program's doing: one file for each PF, written before its VFs are made and
// removed after they are gone. VFs of a PF without such a file are somebody else's.

#include <map>
#include <optional>
#include <string>

#include "base/result.h"
#include "vfmanager/host_paths.h"

namespace railhook {

struct OwnedPf {
  int num_vfs = 0;                // that were to be made; 0: its VFs are not ours, only its MTU
  std::optional<int> former_mtu;  // of the PF before we raised it
  int former_vfs = 0;             // ours as well, until those are made
  std::string boot;               // in which this was done; "" where it isn't known
  bool operator==(const OwnedPf&) const = default;
};

// What still holds of a record on a host that runs since `boot` and whose PF has `num_vfs`. VFs and
// MTUs end with a boot: what is found after one, somebody else has made. So has whoever changed the
// number of VFs meanwhile. Pure.
OwnedPf StillOwned(OwnedPf record, const std::string& boot, int num_vfs);

// By the PF's address. A file that can't be read is an error that names it, never "not ours".
using OwnedPfs = std::map<std::string, Result<OwnedPf>>;

Result<OwnedPfs> ReadOwned(const HostPaths& paths);
// Whole and on disk when it returns.
Result<> WriteOwned(const HostPaths& paths, const std::string& address, const OwnedPf& pf);
// Nothing where there is none.
Result<> RemoveOwned(const HostPaths& paths, const std::string& address);

}  // namespace railhook

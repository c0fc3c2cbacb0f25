#pragma once
// What the policies of files want of this machine.

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "policy/merge.h"
#include "policy/pool_config.h"

namespace railhook {

struct WantedHere {
  DesiredNode node;                   // its notes also tell which policies are for other machines
  std::optional<RdmaMode> rdma_mode;  // of the machine's pool
  bool none_is_ours = true;           // no policy is for a machine with these labels
};

// `node_labels` as in node_labels.h, `nics` are the machine's. kInvalid where a file or label can't
// be read, and where two pools choose the machine.
Result<WantedHere> ReadWanted(const std::string& path, const std::string& node_labels,
                              const std::vector<Nic>& nics);

}  // namespace railhook

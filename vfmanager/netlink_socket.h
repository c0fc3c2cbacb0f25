#pragma once
// One question to the kernel by netlink, and all of its answer.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "vfmanager/netlink_message.h"

namespace railhook {

struct NetlinkReply {
  std::string bytes;
  std::vector<NetlinkAnswer> answers() const { return SplitAnswers(bytes); }
};

// `protocol` is NETLINK_ROUTE or NETLINK_RDMA, `asking` what errors begin with. A dump that changed
// while it was read is read again. Codes of errors: kConflict for EBUSY, kNotFound for ENODEV and
// where the kernel has no such protocol, kInvalid for EINVAL, ERANGE and EOPNOTSUPP, else
// kUnavailable.
Result<NetlinkReply> AskKernel(int protocol, const NetlinkRequest& request,
                               std::string_view asking);

}  // namespace railhook

#include "policy/pool_config.h"

namespace railhook {

std::string_view TextOf(RdmaMode mode) {
  return mode == RdmaMode::kShared ? "shared" : "exclusive";
}

}  // namespace railhook

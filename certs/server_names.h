#pragma once
// Who a certificate made here is for.

#include <string>
#include <vector>

namespace railhook {

struct ServerNames {
  std::vector<std::string> dns;
  std::vector<std::string> ips;
};

}  // namespace railhook
